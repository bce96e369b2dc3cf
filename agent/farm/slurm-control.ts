import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { holdPartitions } from '@rerig/executors/slurm';
import type { FarmRecord } from './farm-record.ts';
import { type FarmFault, farmFault } from './faults.ts';
import { runCommand } from './run-command.ts';

/** How long jobs that are ending may hold up the removal of their rig. */
const DELETE_WITHIN_MS = 30_000;
const DELETE_EVERY_MS = 250;

/** A rig as Slurm has it: `idle`, `mixed`, `down*`, …; undefined for one that it does not know. */
export async function slurmState(record: FarmRecord, nodeName: string): Promise<string | undefined | FarmFault> {
  const listed = await slurmCommand(record, 'sinfo', ['-h', '-N', '-n', nodeName, '-o', '%T']);
  return isFault(listed) ? listed : listed.split('\n')[0] || undefined;
}

/** How many jobs hold cards of a rig, or are being ended there. */
export async function jobCountOn(record: FarmRecord, nodeName: string): Promise<number | FarmFault> {
  const listed = await slurmCommand(record, 'squeue', ['-h', '-w', nodeName, '-o', '%P']);
  if (isUnknownToSlurm(listed)) return 0;
  return isFault(listed)
    ? listed
    : listed.split('\n').filter((partition) => partition !== '' && !isHolding(partition)).length;
}

/** Ends the jobs that do nothing but keep cards of a rig out of service: a rig goes that has only such. */
export async function endHolds(record: FarmRecord, nodeName: string): Promise<FarmFault | null> {
  for (const partition of Object.values(holdPartitions)) {
    const ended = await slurmCommand(record, 'scancel', ['-Q', '-w', nodeName, '-p', partition]);
    if (isFault(ended) && !/Invalid partition/i.test(ended.why) && !isUnknownToSlurm(ended)) return ended;
  }
  return null;
}

function isHolding(partition: string): boolean {
  return Object.values(holdPartitions).some((name) => name === partition);
}

/** The state of every rig that Slurm knows, by its name there. */
export async function slurmStates(record: FarmRecord): Promise<ReadonlyMap<string, string> | FarmFault> {
  const listed = await slurmCommand(record, 'sinfo', ['-h', '-N', '-o', '%N %T']);
  return isFault(listed)
    ? listed
    : new Map(listed.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
}

/** How many jobs run on each rig, by its name in Slurm; those of several rigs count on each. */
export async function jobCountsByRig(record: FarmRecord): Promise<ReadonlyMap<string, number> | FarmFault> {
  const listed = await slurmCommand(record, 'sinfo', ['-h', '-N', '-o', '%N']);
  if (isFault(listed)) return listed;
  const names = [...new Set(listed.split('\n').filter((name) => name !== ''))];
  const jobs = await slurmCommand(record, 'squeue', ['-h', '-t', 'running,completing', '-o', '%P %N']);
  if (isFault(jobs)) return jobs;
  const placed = jobs.split('\n').map((line) => line.split(' '));
  const lists = placed.flatMap(([partition = '', list = '']) => (list === '' || isHolding(partition) ? [] : [list]));
  const hosts =
    lists.length === 0 ? '' : await slurmCommand(record, 'scontrol', ['show', 'hostnames', lists.join(',')]);
  if (isFault(hosts)) return hosts;
  const all = hosts.split('\n');
  return new Map(names.map((name) => [name, all.filter((each) => each === name).length]));
}

/** Of a rig whose slurmd never reached it, as where a join was cut off: nothing can run there. */
function isUnknownToSlurm(answer: string | FarmFault): boolean {
  return isFault(answer) && /Invalid node name/.test(answer.why);
}

/**
 * `drain`: what runs goes on, nothing else starts; `down`: what runs waits again, for another rig. Of a rig that Slurm does not
 * know there is nothing to do.
 */
export async function takeOut(
  record: FarmRecord,
  nodeName: string,
  state: 'drain' | 'down',
): Promise<FarmFault | null> {
  const words = ['update', `nodename=${nodeName}`, `state=${state}`, 'reason=leaves the farm'];
  const done = await slurmCommand(record, 'scontrol', words);
  return isFault(done) && !isUnknownToSlurm(done) ? done : null;
}

/** Slurm forgets a rig that joined. Jobs that are being ended there are waited for. */
export async function deleteRig(record: FarmRecord, nodeName: string): Promise<FarmFault | null> {
  const untilMs = Date.now() + DELETE_WITHIN_MS;
  for (;;) {
    const done = await slurmCommand(record, 'scontrol', ['delete', `nodename=${nodeName}`]);
    if (!isFault(done) || isUnknownToSlurm(done)) return null;
    if (Date.now() > untilMs || !/busy/.test(done.why)) return done;
    await new Promise((resolve) => setTimeout(resolve, DELETE_EVERY_MS));
  }
}

/** All of Slurm's daemons read the configuration again; jobs go on. */
export async function reconfigure(record: FarmRecord): Promise<FarmFault | null> {
  const done = await slurmCommand(record, 'scontrol', ['reconfigure']);
  return isFault(done) ? done : null;
}

async function slurmCommand(
  { settings }: FarmRecord,
  command: string,
  words: readonly string[],
): Promise<string | FarmFault> {
  const environment = { SLURM_CONF: join(settings.paths.confFolder, 'slurm.conf') };
  const result = await runCommand(command, words, { environment });
  if (result.kind === 'done') return result.stdout.trim();
  return farmFault('farm-command-failed', {
    what: `Slurm did not do it: ${command} ${words.join(' ')}.`,
    why: result.kind === 'missing' ? 'Its commands are not installed here.' : `It said: ${result.said}.`,
    mend: 'See with "rerig farm status" whether its parts run, and start them with "rerig farm start".',
  });
}
