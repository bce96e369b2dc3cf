import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isFault } from '@rerig/domain/fault';
import { farmSettings, type JobFence, type PowerSaving, SLURMCTLD_PORT, type SlurmRig } from '@rerig/executors/slurm';
import { EPILOG_PATH } from './admit-rig.ts';
import { farmFolderOf, loadFarm, saveFarm, withFarmLock } from './farm-folder.ts';
import type { FarmRecord } from './farm-record.ts';
import { type FarmFault, farmFault } from './faults.ts';
import { type HeadOwners, headFiles, headOwners, headParts, presumedOwners } from './head-plan.ts';
import { mergeRigs } from './merge-rigs.ts';
import { headPackages, installPackages, missingPackages, packagesFault } from './packages.ts';
import { type Part, REST_USER } from './part.ts';
import { applyFileChanges, type FileChange, fileChanges } from './planned-file.ts';
import { partStanding, startPart, stopPart } from './run-parts.ts';
import { reconfigure } from './slurm-control.ts';
import { makeSystemUser } from './system-user.ts';

/** What a farm is to be. What is absent stays as it is, or is as usual. */
export interface FarmWish {
  readonly dataFolder: string;
  readonly clusterName?: string;
  readonly headHostName: string;
  /** By which rigs reach the head. */
  readonly headAddress?: string;
  readonly doorPort?: number;
  readonly rigsMax?: number;
  readonly jobFence?: JobFence;
  /** `off`: rigs are never put to sleep. */
  readonly powerSaving?: PowerSaving | 'off';
  /** Absent: the rigs that are known already. */
  readonly inventory?: readonly SlurmRig[];
  /** A slurm.conf that is not ours may be replaced; it is kept as a backup. */
  readonly replacesOther: boolean;
}

/** What there is to do until the farm is as wished; nothing was done yet. */
export interface FarmPlan {
  readonly record: FarmRecord;
  readonly isNew: boolean;
  readonly isRecordChanged: boolean;
  readonly changes: readonly FileChange[];
  readonly missingPackages: readonly string[];
  readonly missingUsers: readonly string[];
  readonly stoppedParts: readonly Part['name'][];
}

/** Where rigs join. */
export const DOOR_PORT = 7413;
/** As whom jobs run, with a number that Debian gives to nobody: one of its range for static system accounts. */
const JOB_USER = { name: 'rerig-job', uid: 64_641 };

const OWN_MARK = '# Written by Rerig';

/** What would be done; it only reads. */
export async function planFarm(wish: FarmWish): Promise<FarmPlan | FarmFault> {
  if (process.getuid?.() !== 0) return notRoot('see what a farm’s head has');
  const standing = await loadFarm(wish.dataFolder);
  if (isFault(standing)) return standing;
  const record = wishedRecord(wish, standing);
  if (isFault(record)) return record;
  const foreign = foreignFarm(record, wish.replacesOther);
  if (foreign !== null) return foreign;
  const owners = presumedOwners(record.settings.slurmUser);
  const runFolder = join(farmFolderOf(wish.dataFolder), 'run');
  const parts = headParts(record, owners);
  const standings = await Promise.all(parts.map(({ name }) => partStanding(name, runFolder)));
  return {
    record,
    isNew: standing === null,
    isRecordChanged: !isDeepStrictEqual(record, standing),
    changes: await fileChanges(headFiles(record, owners)),
    missingPackages: await missingPackages(headPackages),
    missingUsers: missingUsers(record),
    stoppedParts: standings.flatMap(({ name, isRunning }) => (isRunning ? [] : [name])),
  };
}

/** Whether the farm is as wished already. */
export function isNothingToDo({
  isRecordChanged,
  changes,
  missingPackages: missing,
  missingUsers: users,
  stoppedParts,
}: FarmPlan): boolean {
  return !isRecordChanged && [changes, missing, users, stoppedParts].every((each) => each.length === 0);
}

/** What was done. */
export interface FarmMade {
  readonly backups: readonly string[];
  readonly startedParts: readonly Part['name'][];
}

/** Does what a plan says. Where a step fails, those before it stay done, and the same command goes on from there. */
export async function makeFarm(dataFolder: string, plan: FarmPlan, installs: boolean): Promise<FarmMade | FarmFault> {
  if (process.getuid?.() !== 0) return notRoot('make a farm');
  if (plan.missingPackages.length > 0) {
    const failed = installs ? await installPackages(plan.missingPackages) : packagesFault(plan.missingPackages);
    if (failed !== null) return failed;
  }
  return withFarmLock(dataFolder, async () => {
    const owners = await makeUsers(plan.record);
    if (isFault(owners)) return owners;
    // Once more, by the accounts that are there now.
    const changes = await fileChanges(headFiles(plan.record, owners));
    const backups = await applyFileChanges(changes, new Date().toISOString().replace(/[:.]/g, '-'));
    if (isFault(backups)) return backups;
    await saveFarm(dataFolder, plan.record);
    const startedParts = await bringUp(
      dataFolder,
      plan.record,
      owners,
      changes.map(({ file }) => file.path),
    );
    return isFault(startedParts) ? startedParts : { backups, startedParts };
  });
}

/** Starts what does not run, and has what runs read its configuration again, or starts it anew where that does not do. */
async function bringUp(
  dataFolder: string,
  record: FarmRecord,
  owners: HeadOwners,
  changedPaths: readonly string[],
): Promise<readonly Part['name'][] | FarmFault> {
  const runFolder = join(farmFolderOf(dataFolder), 'run');
  const { confFolder, jwtKeyPath } = record.settings.paths;
  const needsRestart = [join(confFolder, 'slurm.conf'), jwtKeyPath].some((path) => changedPaths.includes(path));
  const started: Part['name'][] = [];
  for (const part of headParts(record, owners)) {
    const { isRunning } = await partStanding(part.name, runFolder);
    if (isRunning && !(needsRestart && part.name !== 'munge')) continue;
    // Jobs go on meanwhile: slurmctld is away for a second.
    const stopped = isRunning ? await stopPart(part.name, runFolder) : null;
    const failed = stopped ?? (await startPart(part, runFolder));
    if (failed !== null) return failed;
    started.push(part.name);
  }
  if (started.includes('slurmctld') || changedPaths.length === 0) return started;
  return (await reconfigure(record)) ?? started;
}

/** Starts what does not run of a farm that was made. */
export async function startFarm(dataFolder: string, record: FarmRecord): Promise<readonly Part['name'][] | FarmFault> {
  const owners = headOwners(record.settings.slurmUser);
  return isFault(owners) ? owners : bringUp(dataFolder, record, owners, []);
}

/** Stops a farm's parts on its head, the last first. Jobs on rigs go on, and are found again. */
export async function stopFarm(dataFolder: string): Promise<FarmFault | null> {
  const runFolder = join(farmFolderOf(dataFolder), 'run');
  for (const name of ['slurmrestd', 'slurmctld', 'munge'] as const) {
    const failed = await stopPart(name, runFolder);
    if (failed !== null) return failed;
  }
  return null;
}

function wishedRecord(wish: FarmWish, standing: FarmRecord | null): FarmRecord | FarmFault {
  const { clusterName, headAddress, doorPort, rigsMax, jobFence, inventory } = wish;
  const { powerSaving: standingSaving, ...standingSettings } = standing?.settings ?? {};
  const powerSaving = wish.powerSaving === 'off' ? undefined : (wish.powerSaving ?? standingSaving);
  if (standing !== null && clusterName !== undefined && clusterName !== standing.settings.clusterName) {
    return farmFault('farm-other-there', {
      what: `The farm here can’t be called ${clusterName}.`,
      why: `It is ${standing.settings.clusterName}, and Slurm keeps its jobs under that name.`,
      mend: 'Leave --name out.',
    });
  }
  const usual = { ...farmSettings, clusterName: clusterName ?? 'rerig', epilog: EPILOG_PATH };
  const head = standing?.settings.head ?? {
    hostName: wish.headHostName,
    address: headAddress ?? '127.0.0.1',
    port: SLURMCTLD_PORT,
  };
  const settings = {
    ...usual,
    ...standingSettings,
    head: { ...head, ...(headAddress === undefined ? {} : { address: headAddress }) },
  };
  const kept = standing?.rigs ?? [];
  const rigs = inventory === undefined ? kept : mergeRigs(kept, inventory);
  if (rigsMax !== undefined && rigsMax < rigs.length) return noRoom(rigsMax, rigs.length);
  // slurmctld refuses to start with more rigs than it has room for, and takes no other number while it runs.
  const roomedCount = rigs.length > settings.joiningRigCountMax ? 2 * rigs.length : settings.joiningRigCountMax;
  return {
    version: 1,
    executor: 'slurm',
    settings: {
      ...settings,
      ...(jobFence === undefined ? {} : { jobFence }),
      ...(powerSaving === undefined ? {} : { powerSaving }),
      joiningRigCountMax: rigsMax ?? roomedCount,
    },
    doorPort: doorPort ?? standing?.doorPort ?? DOOR_PORT,
    jobUser: standing?.jobUser ?? JOB_USER,
    rigs,
  };
}

function noRoom(rigsMax: number, rigCount: number): FarmFault {
  return farmFault('farm-full', {
    what: `The farm is not given room for ${rigsMax} rigs.`,
    why: `It has ${rigCount}.`,
    mend: 'Give --rigs-max that many and those that are to join.',
  });
}

function foreignFarm({ settings }: FarmRecord, replacesOther: boolean): FarmFault | null {
  const path = join(settings.paths.confFolder, 'slurm.conf');
  if (replacesOther || !existsSync(path) || readFileSync(path, 'utf8').startsWith(OWN_MARK)) return null;
  return farmFault('farm-other-there', {
    what: 'A Slurm that is not Rerig’s is set up here.',
    why: `${path} was not written by Rerig.`,
    mend: 'Use another machine as the head, or give --replace: what is there is kept beside it as a backup.',
  });
}

function missingUsers({ jobUser }: FarmRecord): readonly string[] {
  const passwd = readFileSync('/etc/passwd', 'utf8');
  return [REST_USER, jobUser.name].filter((name) => !new RegExp(`^${name}:`, 'm').test(passwd));
}

async function makeUsers({ settings, jobUser }: FarmRecord): Promise<HeadOwners | FarmFault> {
  const made = [await makeSystemUser(REST_USER), await makeSystemUser(jobUser.name, jobUser.uid)];
  return made.find(isFarmFault) ?? headOwners(settings.slurmUser);
}

function isFarmFault(value: object): value is FarmFault {
  return isFault(value);
}

/** A Fault for who is not root, with what it is for. */
export function notRoot(wish: string): FarmFault {
  return farmFault('farm-not-root', {
    what: `Only root can ${wish}.`,
    why: 'Slurm’s files and daemons belong to the system.',
    mend: 'Run the same command with sudo.',
  });
}
