import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { configFiles } from '@rerig/executors/slurm';
import type { FarmRecord } from './farm-record.ts';
import type { FarmFault } from './faults.ts';
import { controllerPart, mungePart, type Part, REST_SOCKET_PATH, REST_USER, REST_WORDS, restPart } from './part.ts';
import type { PlannedFile } from './planned-file.ts';
import { hasSystemd } from './run-parts.ts';
import { ownerOf, packagedOwner } from './system-user.ts';
import type { FileOwner } from './whole-file.ts';

const MUNGE_KEY_BYTES = 128;
const JWT_KEY_BYTES = 32;
const ROOT: FileOwner = { uid: 0, gid: 0 };

/** Of munge's key, on every machine of a farm: Debian's own place. */
export const MUNGE_KEY_PATH = '/etc/munge/munge.key';

/** Accounts that own what a head has. Before the packages are installed, and while nothing is written, they may be missing. */
export interface HeadOwners {
  readonly slurm: FileOwner;
  readonly munge: FileOwner;
  readonly rest: FileOwner;
}

/** The accounts of Debian's packages and our own; a Fault where one is missing. */
export function headOwners(slurmUser: string): HeadOwners | FarmFault {
  const [slurm, munge, rest] = [packagedOwner(slurmUser), packagedOwner('munge'), packagedOwner(REST_USER)];
  if (isFault(slurm)) return slurm;
  if (isFault(munge)) return munge;
  return isFault(rest) ? rest : { slurm, munge, rest };
}

/** The same, where a missing one counts as root: to show what would be done. */
export function presumedOwners(slurmUser: string): HeadOwners {
  return { slurm: ownerOf(slurmUser) ?? ROOT, munge: ownerOf('munge') ?? ROOT, rest: ownerOf(REST_USER) ?? ROOT };
}

/** Every file of a farm's head. */
export function headFiles({ settings, rigs }: FarmRecord, owners: HeadOwners): readonly PlannedFile[] {
  const { confFolder, jwtKeyPath } = settings.paths;
  const conf = configFiles(rigs, settings).map(({ name, text }) => textFile(join(confFolder, name), text));
  const keys: readonly PlannedFile[] = [
    { path: MUNGE_KEY_PATH, content: secret(MUNGE_KEY_BYTES), mode: 0o600, owner: owners.munge },
    { path: jwtKeyPath, content: secret(JWT_KEY_BYTES), mode: 0o600, owner: owners.slurm },
  ];
  return [...conf, ...keys, ...(hasSystemd() ? unitFiles(settings.paths.runFolder, settings.slurmUser) : [])];
}

/** The programs of a farm's head, in the order in which they start. */
export function headParts({ settings }: FarmRecord, owners: HeadOwners): readonly Part[] {
  const { confFolder, logFolder, runFolder, stateFolder } = settings.paths;
  const place = { confPath: join(confFolder, 'slurm.conf'), logFolder, runFolder };
  return [
    mungePart(owners.munge),
    controllerPart(place, stateFolder, settings.head.port, owners.slurm),
    restPart(place, owners.rest),
  ];
}

function textFile(path: string, text: string): PlannedFile {
  return { path, content: { kind: 'text', text }, mode: 0o644, owner: ROOT };
}

function secret(byteCount: number): PlannedFile['content'] {
  return { kind: 'secret', make: () => randomBytes(byteCount) };
}

/** What Debian's units lack: slurmrestd with tokens, as its own user, and a folder for pid files that is made at each start. */
function unitFiles(runFolder: string, slurmUser: string): readonly PlannedFile[] {
  const rest = [
    '# Written by Rerig: slurmrestd takes tokens alone, as a user without any right.',
    '[Service]',
    `User=${REST_USER}`,
    `Group=${REST_USER}`,
    'RuntimeDirectory=slurmrestd',
    'RuntimeDirectoryMode=0750',
    'Environment=SLURM_JWT=daemon',
    'ExecStart=',
    `ExecStart=/usr/sbin/slurmrestd ${REST_WORDS.slice(0, -1).join(' ')} unix:${REST_SOCKET_PATH}`,
    'Restart=on-failure',
    '',
  ];
  const controller = ['# Written by Rerig.', '[Service]', 'Restart=on-failure', ''];
  return [
    textFile('/etc/systemd/system/slurmrestd.service.d/rerig.conf', rest.join('\n')),
    textFile('/etc/systemd/system/slurmctld.service.d/rerig.conf', controller.join('\n')),
    textFile('/etc/tmpfiles.d/rerig-slurm.conf', `d ${runFolder} 0755 ${slurmUser} ${slurmUser} -\n`),
    textFile('/etc/default/munge', '# Written by Rerig: slurmctld asks in bursts.\nOPTIONS="--num-threads=10"\n'),
  ];
}
