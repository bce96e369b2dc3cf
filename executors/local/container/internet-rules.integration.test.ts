import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containersMissing } from './testing/busybox-image.ts';

const isSkipped = containersMissing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';

/** Addresses of the small world that the test makes. 203.0.113.0/24 is TEST-NET-3, which nobody has. */
const INTERNET = '203.0.113.10';
const REFUSED = {
  'the farm’s LAN, next door': '10.77.5.2',
  'the farm’s LAN, behind a router': '192.168.44.4',
  'the gateway’s machine, by its LAN address': '10.77.5.1',
  'the machine’s public address': '198.51.100.7',
  'a public address on the machine’s own link': '198.51.100.9',
  'the cloud’s metadata': '169.254.169.254',
  'a neighbour behind a carrier’s NAT': '100.64.3.3',
} as const;

/**
 * A machine in a namespace of its own, with all of Rerig and Podman in it, and a second namespace beyond its link, which is
 * the internet and the rest of the LAN in one. Each address has somebody who answers at port 7777.
 */
class SmallWorld {
  readonly machine = `rerigm${process.pid}`;
  readonly beyond = `rerigb${process.pid}`;

  make(): void {
    const link = `rg${process.pid}`;
    for (const name of [this.machine, this.beyond]) this.#ip('netns', 'add', name);
    this.#in(this.machine, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.beyond);
    for (const [name, end] of [
      [this.machine, link],
      [this.beyond, 'eth0'],
    ] as const) {
      this.#in(name, 'link', 'set', end, 'up');
      this.#in(name, 'link', 'set', 'lo', 'up');
    }
    this.#in(this.machine, 'addr', 'add', '10.77.5.1/24', 'dev', link);
    this.#in(this.machine, 'addr', 'add', '198.51.100.7/24', 'dev', link);
    this.#in(this.beyond, 'addr', 'add', '10.77.5.2/24', 'dev', 'eth0');
    const theirs = ['198.51.100.9', INTERNET, '192.168.44.4', '169.254.169.254', '100.64.3.3'];
    for (const address of theirs) this.#in(this.beyond, 'addr', 'add', `${address}/32`, 'dev', 'lo');
    this.#in(this.machine, 'route', 'add', 'default', 'via', '10.77.5.2');
    this.#in(this.beyond, 'route', 'add', '198.51.100.7/32', 'via', '10.77.5.1');
    for (const name of [this.machine, this.beyond]) this.#answer(name);
  }

  remove(): void {
    for (const child of this.#answering) child.kill('SIGKILL');
    for (const name of [this.machine, this.beyond]) this.#ip('netns', 'del', name);
  }

  readonly #answering: ReturnType<typeof spawn>[] = [];

  #answer(name: string): void {
    const words = [
      `--net=/run/netns/${name}`,
      '/bin/busybox',
      'nc',
      '-ll',
      '-p',
      '7777',
      '-e',
      '/bin/busybox',
      'echo',
      'here',
    ];
    this.#answering.push(spawn('nsenter', words, { stdio: 'ignore' }));
  }

  #ip(...words: readonly string[]): void {
    execFileSync('ip', words);
  }

  #in(name: string, ...words: readonly string[]): void {
    execFileSync('ip', ['-n', name, ...words]);
  }
}

describe.skipIf(isSkipped)(`containers with a way to the internet${isSkipped ? ` (${containersMissing})` : ''}`, () => {
  const world = new SmallWorld();
  let folder = '';

  beforeAll(() => {
    world.make();
    folder = mkdtempSync(join(tmpdir(), 'rerig-net-'));
  });
  afterAll(() => {
    world.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('it reaches the internet, and neither the LAN, nor the machine, nor another’s container, nor anything by IPv6', async () => {
    const addresses = [INTERNET, ...Object.values(REFUSED)];
    const heard = await inMachine(world.machine, addresses);
    expect(heard.fromMachine).toEqual(addresses.map((address) => `${address} here`));
    expect(heard.fromContainer).toEqual([`${INTERNET} here`]);
    expect(heard.nameServers).toEqual(['1.1.1.1', '9.9.9.9']);
    expect(heard.ofMachineByLinkLocal).toEqual([]);
    expect(heard.ofOtherContainer).toEqual([]);
    expect(heard.ofOtherFromItself).toBe(1);
    expect(heard.leftNetworks).toEqual([]);
    expect(heard.rulesTwice).toBe(heard.rulesOnce);
  });
});

interface Heard {
  readonly fromMachine: readonly string[];
  readonly fromContainer: readonly string[];
  readonly nameServers: readonly string[];
  readonly ofMachineByLinkLocal: readonly string[];
  readonly ofOtherContainer: readonly string[];
  /** Answers that are had of it in its own network: somebody is there. */
  readonly ofOtherFromItself: number;
  readonly leftNetworks: readonly string[];
  readonly rulesOnce: string;
  readonly rulesTwice: string;
}

/** Runs all of it in the machine's namespace, mounts and control groups being those of everybody. */
async function inMachine(machine: string, addresses: readonly string[]): Promise<Heard> {
  const program = fileURLToPath(new URL('./testing/internet-probe.ts', import.meta.url));
  const child = spawn('nsenter', [`--net=/run/netns/${machine}`, process.execPath, program, ...addresses], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return parseHeard(Buffer.concat(chunks).toString('utf8'));
}

function parseHeard(text: string): Heard {
  return JSON.parse(text) as Heard;
}
