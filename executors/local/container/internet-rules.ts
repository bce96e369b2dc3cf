import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

/** Bridges of workloads that may reach the internet begin so; rules mean them all by it. */
export const BRIDGE_PREFIX = 'rrg';

const CHAIN = 'RERIG-INTERNET';
/** Other programs hold the lock for moments. */
const LOCK_WAIT_S = '5';
const COMMAND_MS_MAX = 15_000;

/**
 * What is no internet: this network, private use, carrier NAT, loopback, link-local, protocol assignments, documentation of
 * none, benchmarking, multicast, reserved, broadcast. Source: IANA IPv4 Special-Purpose Address Registry, without the
 * three documentation blocks, which lead nowhere.
 */
export const REFUSED_BLOCKS = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** The chain as iptables-restore reads it: refused are the blocks above, and what this machine has on its own links. */
export function internetChain(onLinkBlocks: readonly string[]): string {
  const blocks = [...new Set([...REFUSED_BLOCKS, ...onLinkBlocks])];
  return [
    '*filter',
    `:${CHAIN} - [0:0]`,
    ...blocks.map((block) => `-A ${CHAIN} -d ${block} -j REJECT --reject-with icmp-admin-prohibited`),
    'COMMIT',
    '',
  ].join('\n');
}

/** Blocks that this machine reaches without a router: a farm's LAN may have public addresses. */
export function onLinkBlocks(): readonly string[] {
  return Object.entries(networkInterfaces())
    .flatMap(([name, addresses]) => (name.startsWith(BRIDGE_PREFIX) ? [] : (addresses ?? [])))
    .flatMap(({ family, cidr, internal }) => (family === 'IPv4' && cidr !== null && !internal ? [cidr] : []));
}

/**
 * Puts the rules in force, before all others: workloads' bridges reach neither this machine nor what is no internet, and
 * nothing at all by IPv6. Again: renews them without a gap. Rejects with what iptables said.
 */
export async function enforceInternetRules(): Promise<void> {
  await restore(internetChain(onLinkBlocks()));
  const bridges = `${BRIDGE_PREFIX}+`;
  await putFirst('iptables', 'INPUT', ['-i', bridges, '-j', 'REJECT', '--reject-with', 'icmp-admin-prohibited']);
  await putFirst('iptables', 'FORWARD', ['-i', bridges, '-j', CHAIN]);
  if (!existsSync('/proc/net/if_inet6')) return;
  await putFirst('ip6tables', 'INPUT', ['-i', bridges, '-j', 'DROP']);
  await putFirst('ip6tables', 'FORWARD', ['-i', bridges, '-j', 'DROP']);
}

/** Another program may have put its rules before ours since. The second one goes only once the first is there. */
async function putFirst(program: string, chain: string, rule: readonly string[]): Promise<void> {
  const listed = await command(program, ['-S', chain]);
  const [first = '', ...others] = listed.split('\n').filter((line) => line.startsWith('-A '));
  const text = `-A ${chain} ${rule.join(' ')}`;
  if (first === text) return;
  await command(program, ['-I', chain, '1', ...rule]);
  if (!others.includes(text)) return;
  await command(program, ['-D', chain, String(others.indexOf(text) + 3)]);
}

async function command(program: string, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['-w', LOCK_WAIT_S, ...words], { timeout: COMMAND_MS_MAX });
  return stdout;
}

function restore(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'iptables-restore',
      ['-w', LOCK_WAIT_S, '--noflush'],
      { timeout: COMMAND_MS_MAX },
      (error) => (error === null ? resolve() : reject(error)),
    );
    // What it did not read, it tells of by its status.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
  });
}
