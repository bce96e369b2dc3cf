import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';

/** Why rigs can't have networks of their own here; undefined where they can. */
export const cablesMissing: string | undefined =
  process.getuid?.() !== 0
    ? 'needs root'
    : ['/usr/sbin/ip', '/usr/bin/nsenter'].every((path) => existsSync(path))
      ? undefined
      : 'needs iproute2 and util-linux: apt-get install iproute2 util-linux';

/** The first of the rigs' addresses in the farm's network; the head has 1. */
const FIRST_ADDRESS = 11;

/**
 * A switch on this machine, and rigs at it: each in a network namespace of its own, at the end of a cable that can be
 * pulled. The head is this machine. Addresses are of the network kept for measurements (RFC 2544), 198.18.0.0/15.
 */
export class FarmCables {
  readonly headAddress: string;
  readonly #network: string;
  readonly #id = randomBytes(3).toString('hex');
  readonly #nodeNames: readonly string[];

  constructor(nodeNames: readonly string[]) {
    this.#network = `198.${randomInt(18, 20)}.${randomInt(256)}`;
    this.headAddress = `${this.#network}.1`;
    this.#nodeNames = nodeNames;
    ip('link', 'add', this.#switch, 'type', 'bridge');
    try {
      ip('addr', 'add', `${this.headAddress}/24`, 'dev', this.#switch);
      ip('link', 'set', this.#switch, 'up');
      for (const nodeName of nodeNames) this.#plug(nodeName);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  addressOf(nodeName: string): string {
    return `${this.#network}.${FIRST_ADDRESS + this.#nodeNames.indexOf(nodeName)}`;
  }

  /** The words before a command that runs it at the rig's end of the cable. */
  enter(nodeName: string): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.#space(nodeName)}`, '--'];
  }

  /** Pulls a rig's cable out of the switch: what is sent goes nowhere, and nobody is told. */
  pull(nodeName: string): void {
    ip('link', 'set', this.#cable(nodeName), 'down');
  }

  /** Puts it back. */
  plugIn(nodeName: string): void {
    ip('link', 'set', this.#cable(nodeName), 'up');
  }

  /** Takes all of it away. What still runs in a rig's namespace has no network from here on. */
  dispose(): void {
    for (const nodeName of this.#nodeNames) {
      // The cable first: with its namespace it would vanish by itself, a moment later.
      if (existsSync(`/sys/class/net/${this.#cable(nodeName)}`)) ip('link', 'del', this.#cable(nodeName));
      if (existsSync(`/run/netns/${this.#space(nodeName)}`)) ip('netns', 'del', this.#space(nodeName));
    }
    if (existsSync(`/sys/class/net/${this.#switch}`)) ip('link', 'del', this.#switch);
  }

  get #switch(): string {
    return `rr${this.#id}`;
  }

  #cable(nodeName: string): string {
    return `rr${this.#id}-${this.#nodeNames.indexOf(nodeName)}`;
  }

  #space(nodeName: string): string {
    return `rerig-${this.#id}-${nodeName}`;
  }

  #plug(nodeName: string): void {
    const [space, cable] = [this.#space(nodeName), this.#cable(nodeName)];
    ip('netns', 'add', space);
    ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
    ip('link', 'set', cable, 'master', this.#switch, 'up');
    ip('-n', space, 'addr', 'add', `${this.addressOf(nodeName)}/24`, 'dev', 'eth0');
    for (const name of ['lo', 'eth0']) ip('-n', space, 'link', 'set', name, 'up');
  }
}

function ip(...words: readonly string[]): void {
  execFileSync('ip', [...words], { stdio: 'pipe', timeout: 10_000 });
}
