import { timingSafeEqual } from 'node:crypto';
import type { LeaveAnswer, LeaveRequest, StandingAnswer, StandingRequest } from '@rerig/api/farm-door';
import { isFault } from '@rerig/domain/fault';
import { takeUp } from './admit-rig.ts';
import { loadMadeFarm, withFarmLock } from './farm-folder.ts';
import type { FarmRecord, KeptRig } from './farm-record.ts';
import { type FarmFault, farmFault } from './faults.ts';
import { hashSecret } from './join-token.ts';
import { deleteRig, endHolds, jobCountOn, slurmState, takeOut } from './slurm-control.ts';

/** Lets a rig go, step by step; the rig asks again until nothing runs there. It proves itself by the secret that it was given. */
export async function releaseRig(
  dataFolder: string,
  { slurmName, secret, step }: LeaveRequest,
): Promise<LeaveAnswer | FarmFault> {
  const record = await loadMadeFarm(dataFolder);
  if (isFault(record)) return record;
  const rig = record.rigs.find((each) => each.nodeName === slurmName && hasSecret(each, secret));
  if (rig === undefined) return unknownRig(slurmName);
  if (step === 'left') return removeRig(dataFolder, slurmName);
  const failed = await takeOut(record, slurmName, step === 'now' ? 'down' : 'drain');
  if (failed !== null) return failed;
  const workloadCount = await jobCountOn(record, slurmName);
  if (isFault(workloadCount)) return workloadCount;
  if (workloadCount > 0) return { standing: 'draining', workloadCount };
  const left = await endHolds(record, slurmName);
  return left ?? { standing: 'drained', workloadCount };
}

/** How Slurm sees a rig that asks it of itself. */
export async function rigStanding(
  dataFolder: string,
  { slurmName, secret }: StandingRequest,
): Promise<StandingAnswer | FarmFault> {
  const record = await loadMadeFarm(dataFolder);
  if (isFault(record)) return record;
  if (!record.rigs.some((each) => each.nodeName === slurmName && hasSecret(each, secret))) return unknownRig(slurmName);
  const state = await slurmState(record, slurmName);
  return isFault(state) ? state : { slurmState: state ?? null };
}

/** The farm without a rig, in Slurm and in the files. */
export async function removeRig(dataFolder: string, slurmName: string): Promise<LeaveAnswer | FarmFault> {
  return withFarmLock(dataFolder, async () => {
    const record = await loadMadeFarm(dataFolder);
    if (isFault(record)) return record;
    const failed = await forget(dataFolder, record, slurmName);
    return failed ?? { standing: 'left', workloadCount: 0 };
  });
}

async function forget(dataFolder: string, record: FarmRecord, slurmName: string): Promise<FarmFault | null> {
  const deleted = await deleteRig(record, slurmName);
  if (deleted !== null) return deleted;
  return takeUp(dataFolder, record, { ...record, rigs: record.rigs.filter((each) => each.nodeName !== slurmName) });
}

function hasSecret({ joined }: KeptRig, secret: string): boolean {
  if (joined === null) return false;
  return timingSafeEqual(Buffer.from(hashSecret(secret), 'hex'), Buffer.from(joined.secretHash, 'hex'));
}

function unknownRig(slurmName: string): FarmFault {
  return farmFault('rig-unknown', {
    what: `The head does not know the rig ${slurmName} by its secret.`,
    why: 'It was removed on the head, or joined again under another secret.',
    mend: 'Undo it on this rig alone: rerig leave --forget',
  });
}
