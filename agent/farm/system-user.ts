import { readFileSync } from 'node:fs';
import { isFault } from '@rerig/domain/fault';
import { type FarmFault, farmFault } from './faults.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import type { FileOwner } from './whole-file.ts';

/** An account of the system; undefined where there is none of this name. */
export function ownerOf(userName: string): FileOwner | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${userName}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Makes an account without a password, a shell and a home, where it is not there; with a number of its own, where one is given. */
export async function makeSystemUser(userName: string, uid?: number): Promise<FileOwner | FarmFault> {
  const standing = ownerOf(userName);
  if (standing !== undefined) {
    if (uid === undefined || standing.uid === uid) return standing;
    return userFault(userName, `It is there already with the number ${standing.uid}, and jobs need the number ${uid}.`);
  }
  const number = uid === undefined ? [] : ['--uid', String(uid), '--gid', String(uid)];
  const group = uid === undefined ? ['--user-group'] : [];
  // Its group has the same number too: Slurm gives a job the head's, which on a rig may be another's.
  const grouped = uid === undefined ? null : await runCommand('groupadd', ['--gid', String(uid), userName]);
  if (grouped !== null && grouped.kind !== 'done') return userFault(userName, whyNot('groupadd', grouped));
  const words = ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  const made = await runCommand('useradd', [...words, ...group, ...number, userName]);
  if (made.kind !== 'done') return userFault(userName, whyNot('useradd', made));
  return ownerOf(userName) ?? userFault(userName, 'useradd made it, but /etc/passwd does not have it.');
}

/** The account of Debian's package, which must be there. */
export function packagedOwner(userName: string): FileOwner | FarmFault {
  return ownerOf(userName) ?? userFault(userName, 'Debian’s package makes it, and it is not there.');
}

/** The owner, or a Fault, of each of some names. */
export function packagedOwners(userNames: readonly string[]): ReadonlyMap<string, FileOwner> | FarmFault {
  const owners = new Map<string, FileOwner>();
  for (const name of userNames) {
    const owner = packagedOwner(name);
    if (isFault(owner)) return owner;
    owners.set(name, owner);
  }
  return owners;
}

function whyNot(command: string, result: CommandResult): string {
  return result.kind === 'failed' ? `${command} said: ${result.said}.` : `${command} is not installed.`;
}

function userFault(userName: string, why: string): FarmFault {
  return farmFault('farm-command-failed', {
    what: `The account ${userName} can’t be used.`,
    why,
    mend: 'Give it a free name and number, or install Slurm’s packages again.',
  });
}
