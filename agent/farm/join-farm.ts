import { type JoinAnswer, joinAnswerSchema, standingAnswerSchema } from '@rerig/api/farm-door';
import { type Fault, isFault } from '@rerig/domain/fault';
import { SLURMD_PORT } from '@rerig/executors/slurm';
import { askHead, type HeadAddress } from './ask-head.ts';
import { RIG_RUN_FOLDER } from './farm-executor.ts';
import { type FarmFault, farmFault } from './faults.ts';
import { MUNGE_KEY_PATH } from './head-plan.ts';
import { parseJoinToken } from './join-token.ts';
import { CARD_MAP_PATH, type JoinedRig, loadJoinedRig, rigFolderOf, saveJoinedRig } from './joined-rig.ts';
import { leaveFarm } from './leave-farm.ts';
import { notRoot } from './make-farm.ts';
import { type NamedCard, ownRig } from './own-rig.ts';
import { installPackages, missingPackages, packagesFault, rigPackages } from './packages.ts';
import { mungePart, type Part, rigPart } from './part.ts';
import { applyFileChanges, fileChanges, type PlannedFile } from './planned-file.ts';
import { hasSystemd, partStanding, startPart, stopPart } from './run-parts.ts';
import { makeSystemUser, ownerOf, packagedOwner } from './system-user.ts';
import type { FileOwner } from './whole-file.ts';

/** What a rig that joins is told by its operator. */
export interface JoinWish {
  readonly dataFolder: string;
  readonly head: { readonly address: string; readonly port: number };
  readonly token: string;
  readonly rigId?: string;
  readonly namedCards: readonly NamedCard[];
  readonly installs: boolean;
  /** Ends the join; what was done is undone. */
  readonly signal?: AbortSignal;
  /** Told what is done, in a few words. */
  readonly onStep: (text: string) => void;
}

const ROOT: FileOwner = { uid: 0, gid: 0 };

/** How long Slurm may take to hear of a rig. */
const REGISTER_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;

/** Joins a farm: probes this machine, is admitted by the head, and starts slurmd. Where a step fails, what was done is undone. */
export async function joinFarm(wish: JoinWish): Promise<JoinedRig | Fault> {
  const { dataFolder, onStep } = wish;
  if (process.getuid?.() !== 0) return notRoot('join a farm');
  const standing = await loadJoinedRig(dataFolder);
  if (isFault(standing)) return standing;
  if (standing !== null) return joinedFault(standing);
  const token = parseJoinToken(wish.token);
  if (token === undefined) return invalidToken();
  const missing = await missingPackages(rigPackages);
  if (missing.length > 0) {
    if (!wish.installs) return packagesFault(missing);
    onStep(`installing ${missing.join(' ')}`);
    const failed = await installPackages(missing);
    if (failed !== null) return failed;
  }
  onStep('looking at this machine');
  const rig = await ownRig(wish);
  if (isFault(rig)) return rig;
  const head: HeadAddress = { ...wish.head, fingerprint: token.fingerprint };
  if (rig.cards.length === 0) onStep('no card here has a driver: it joins without; --card MODEL=FILE names one');
  const count = `${rig.cards.length} ${rig.cards.length === 1 ? 'card' : 'cards'}`;
  onStep(`asking ${head.address}:${head.port} to join as ${rig.rigId} with ${count}`);
  const answer = await askHead(head, '/v1/rigs/join', { token: wish.token, rig }, joinAnswerSchema);
  if (isFault(answer)) return answer;
  const failed = await takePart(wish, head, answer);
  const joined = await loadJoinedRig(dataFolder);
  if (failed === null && joined !== null) return joined;
  onStep('undoing what was done');
  const undone = joined === null || isFault(joined) ? joined : await leaveFarm({ dataFolder, mode: 'now', onStep });
  if (isFault(undone))
    onStep(`it could not all be undone: ${undone.what} Try "rerig leave --now", or "rerig leave --forget".`);
  return failed ?? invalidToken();
}

/** Writes what the head gave and starts slurmd; each step is recorded before it is done, so that it can be undone. */
async function takePart(
  { dataFolder, onStep, signal }: JoinWish,
  head: HeadAddress,
  answer: JoinAnswer,
): Promise<Fault | null> {
  const runFolder = rigFolderOf(dataFolder);
  const base: JoinedRig = {
    version: 1,
    head: { address: head.address, port: head.port, fingerprintHex: head.fingerprint.toString('hex') },
    ...{ clusterName: answer.clusterName, slurmName: answer.slurmName, secret: answer.secret },
    ...{
      files: [],
      startedParts: [],
      madeJobUser: ownerOf(answer.jobUser.name) === undefined ? answer.jobUser.name : null,
    },
  };
  await saveJoinedRig(dataFolder, base);
  const user = await makeSystemUser(answer.jobUser.name, answer.jobUser.uid);
  if (isFault(user)) return user;
  const munge = packagedOwner('munge');
  if (isFault(munge)) return munge;
  const slurmd = slurmdOf(answer, user);
  const changes = await fileChanges(rigFiles(answer, slurmd, munge));
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const backupOf = (path: string) => `${path}.before-rerig-${stamp}`;
  const files = changes.map(({ file, kind }) => ({
    path: file.path,
    backup: kind === 'changed' ? backupOf(file.path) : null,
  }));
  await saveJoinedRig(dataFolder, { ...base, files });
  const backups = await applyFileChanges(changes, stamp);
  if (isFault(backups)) return backups;
  const mungeStands = await partStanding('munge', runFolder);
  const startedParts = mungeStands.isRunning ? (['slurmd'] as const) : (['munge', 'slurmd'] as const);
  await saveJoinedRig(dataFolder, { ...base, files, startedParts });
  if (signal?.aborted === true) return stopped();
  onStep('starting munged and slurmd');
  const hasNewKey = files.some(({ path }) => path === MUNGE_KEY_PATH);
  if (mungeStands.isRunning && hasNewKey) await stopPart('munge', runFolder);
  for (const part of [mungePart(munge), slurmd]) {
    const failed = await startPart(part, runFolder);
    if (failed !== null) return failed;
  }
  onStep('waiting until Slurm knows the rig');
  return waitUntilKnown(head, answer, signal);
}

async function waitUntilKnown(
  head: HeadAddress,
  { slurmName, secret }: JoinAnswer,
  signal: AbortSignal | undefined,
): Promise<Fault | null> {
  const untilMs = Date.now() + REGISTER_WITHIN_MS;
  for (;;) {
    const answer = await askHead(head, '/v1/rigs/standing', { slurmName, secret }, standingAnswerSchema);
    if (isFault(answer) && answer.retry !== 'later') return answer;
    const state = isFault(answer) ? null : answer.slurmState;
    if (state !== null && /^(idle|mixed|allocated|completing)$/.test(state)) return null;
    if (signal?.aborted === true) return stopped();
    if (Date.now() > untilMs) return unknownToSlurm(slurmName, state);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function slurmdOf({ head, slurmName, joiningConf, folders }: JoinAnswer, jobUser: FileOwner): Part {
  const server = ['--conf-server', `${head.address}:${head.port}`];
  const own = [folders.log, folders.run, folders.spool].map((path) => ({ path, mode: 0o755, owner: ROOT }));
  // Jobs of all tenants write there, each below a folder of its own.
  const runs = { path: RIG_RUN_FOLDER, mode: 0o755, owner: jobUser };
  return rigPart([...server, '-Z', '-N', slurmName, '--conf', joiningConf], SLURMD_PORT, [...own, runs]);
}

function rigFiles(answer: JoinAnswer, slurmd: Part, munge: PlannedFile['owner']): readonly PlannedFile[] {
  const key = Buffer.from(answer.mungeKeyBase64, 'base64');
  const files: readonly PlannedFile[] = [
    { path: MUNGE_KEY_PATH, content: { kind: 'key', bytes: key }, mode: 0o600, owner: munge },
    { path: answer.epilog.path, content: { kind: 'text', text: answer.epilog.text }, mode: 0o755, owner: ROOT },
    { path: CARD_MAP_PATH, content: { kind: 'text', text: answer.cardMap }, mode: 0o644, owner: ROOT },
  ];
  if (!hasSystemd()) return files;
  const words = slurmd.command.slice(1).map((word) => (/\s/.test(word) ? `"${word}"` : word));
  const unit = [
    '# Written by Rerig: the configuration comes from the head, and the rig makes itself known there.',
    ...['[Unit]', 'ConditionPathExists=', '[Service]', 'ExecStart=', `ExecStart=/usr/sbin/slurmd ${words.join(' ')}`],
    ...['Restart=on-failure', ''],
  ];
  const text = (path: string, lines: string): PlannedFile => ({
    path,
    content: { kind: 'text', text: lines },
    mode: 0o644,
    owner: ROOT,
  });
  return [
    ...files,
    text('/etc/systemd/system/slurmd.service.d/rerig.conf', unit.join('\n')),
    text('/etc/tmpfiles.d/rerig-slurm.conf', `d ${answer.folders.run} 0755 root root -\n`),
  ];
}

function joinedFault({ clusterName, slurmName, head }: JoinedRig): FarmFault {
  return farmFault('rig-joined', {
    what: 'This rig has joined a farm already.',
    why: `It is ${slurmName} of ${clusterName}, whose head is ${head.address}.`,
    mend: 'Leave it first: rerig leave',
  });
}

function stopped(): FarmFault {
  return farmFault('rig-not-joined', {
    what: 'This rig has not joined.',
    why: 'It was stopped before Slurm had it.',
    mend: 'Join again with another token: rerig farm token',
  });
}

function invalidToken(): FarmFault {
  return farmFault('token-invalid', {
    what: 'This is no token of a farm.',
    why: 'A token has 64 letters, digits, "-" and "_".',
    mend: 'Copy it whole, or make another on the head: rerig farm token',
  });
}

function unknownToSlurm(slurmName: string, state: string | null): FarmFault {
  return farmFault('farm-part-failed', {
    what: `Slurm does not take the rig ${slurmName}.`,
    why: `After ${REGISTER_WITHIN_MS / 1000} seconds it is ${state ?? 'not known'} there.`,
    mend: 'See the logs of slurmd here and of slurmctld on the head; both machines’ clocks must agree, and ports 6817 and 6818 be open.',
  });
}
