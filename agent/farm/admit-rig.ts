import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JoinAnswer, JoiningRig, JoinRequest } from '@rerig/api/farm-door';
import { isFault } from '@rerig/domain/fault';
import { cardMapText, configFiles, epilogText, joiningConf, nodeNameOf, type SlurmRig } from '@rerig/executors/slurm';
import { loadMadeFarm, loadTokens, saveFarm, saveTokens, withFarmLock } from './farm-folder.ts';
import type { FarmRecord, KeptRig } from './farm-record.ts';
import { type FarmFault, farmFault } from './faults.ts';
import { MUNGE_KEY_PATH } from './head-plan.ts';
import { hashSecret } from './join-token.ts';
import { freeNodeName } from './merge-rigs.ts';
import { deleteRig, reconfigure, slurmState } from './slurm-control.ts';
import { spendToken } from './token-book.ts';
import { writeWholeFile } from './whole-file.ts';

const SECRET_BYTES = 24;
/** Where rigs keep the script that runs after each job. */
export const EPILOG_PATH = '/etc/rerig/epilog.sh';

/**
 * Takes a rig into the farm: its token is spent, its cards stand in gres.conf, and Slurm's daemons have read it, before it is
 * told to start. Other rigs and their jobs are not touched. What can't be done leaves all as it was, the token included.
 */
export async function admitRig(
  dataFolder: string,
  request: JoinRequest,
  nowMs: number,
): Promise<JoinAnswer | FarmFault> {
  return withFarmLock(dataFolder, async () => {
    const record = await loadMadeFarm(dataFolder);
    if (isFault(record)) return record;
    const tokens = await loadTokens(dataFolder);
    if (isFault(tokens)) return tokens;
    const spent = spendToken(tokens, request.token, request.rig.rigId, nowMs);
    if (isFault(spent)) return spent;
    const refused = await refusalOf(record, request.rig);
    if (refused !== null) return refused;
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const rig = keptRig(record, request.rig, { at: new Date(nowMs).toISOString(), secretHash: hashSecret(secret) });
    const changed: FarmRecord = { ...record, rigs: [...record.rigs.filter(({ rigId }) => rigId !== rig.rigId), rig] };
    // Before all else, so that a crash between leaves no token that works twice.
    await saveTokens(dataFolder, spent);
    const written = await takeUp(dataFolder, record, changed);
    if (written !== null) {
      await saveTokens(dataFolder, tokens);
      return written;
    }
    return answerOf(changed, rig, secret);
  });
}

/** Writes what a changed farm needs of files, and has Slurm read it; where that fails, all is as it was. */
export async function takeUp(dataFolder: string, before: FarmRecord, after: FarmRecord): Promise<FarmFault | null> {
  await writeConfig(after);
  const failed = await reconfigure(after);
  if (failed !== null) {
    await writeConfig(before);
    return failed;
  }
  await saveFarm(dataFolder, after);
  return null;
}

async function writeConfig({ rigs, settings }: FarmRecord): Promise<void> {
  for (const { name, text } of configFiles(rigs, settings)) {
    await writeWholeFile(join(settings.paths.confFolder, name), text, 0o644);
  }
}

async function refusalOf(record: FarmRecord, rig: JoiningRig): Promise<FarmFault | null> {
  const joinedCount = record.rigs.filter(({ joined }) => joined !== null).length;
  const standing = record.rigs.find(({ rigId }) => rigId === rig.rigId);
  if (standing === undefined || standing.joined === null) {
    if (joinedCount < record.settings.joiningRigCountMax) return null;
    return farmFault('farm-full', {
      what: `The rig ${rig.rigId} does not join: the farm is full.`,
      why: `It has room for ${record.settings.joiningRigCountMax} rigs that join.`,
      mend: 'Make room on the head: rerig farm init --executor slurm --rigs-max N',
    });
  }
  const state = await slurmState(record, standing.nodeName);
  if (isFault(state)) return state;
  if (state !== undefined && !/^(down|drain|unknown|future)|\*$/.test(state)) {
    return farmFault('rig-known', {
      what: `The rig ${rig.rigId} does not join: one of this id takes part already.`,
      why: `Slurm has it as ${standing.nodeName}, ${state}. Machines that were copied from one image have the same id until /etc/machine-id is made anew.`,
      mend: 'Run "rerig leave" on the other one first, or give this one an id of its own with --rig-id.',
    });
  }
  // It comes back with other cards, perhaps: what Slurm knows of it is of its earlier life.
  return state === undefined ? null : deleteRig(record, standing.nodeName);
}

function keptRig(record: FarmRecord, rig: JoiningRig, joined: NonNullable<KeptRig['joined']>): KeptRig {
  const standing = record.rigs.find(({ rigId }) => rigId === rig.rigId);
  const taken = record.rigs.map(({ nodeName }) => nodeName);
  const nodeName = standing?.nodeName ?? freeNodeName(nodeNameOf(rig.rigId), taken);
  return { ...rig, nodeName, place: { kind: 'joins' }, joined };
}

async function answerOf({ settings, jobUser }: FarmRecord, rig: SlurmRig, secret: string): Promise<JoinAnswer> {
  const mungeKey = await readFile(MUNGE_KEY_PATH);
  const { logFolder, runFolder, spoolFolder } = settings.paths;
  return {
    clusterName: settings.clusterName,
    slurmName: rig.nodeName,
    head: { address: settings.head.address, port: settings.head.port },
    joiningConf: joiningConf(rig),
    mungeKeyBase64: mungeKey.toString('base64'),
    folders: { log: logFolder, run: runFolder, spool: spoolFolder },
    cardMap: cardMapText(rig),
    epilog: { path: EPILOG_PATH, text: epilogText() },
    jobUser,
    secret,
  };
}
