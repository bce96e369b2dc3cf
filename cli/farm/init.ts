import { existsSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import {
  type FarmPlan,
  type FarmWish,
  isNothingToDo,
  type MadeToken,
  makeFarm,
  makeToken,
  planFarm,
} from '@rerig/agent/farm';
import { FaultError, isFault } from '@rerig/domain/fault';
import { gradeFarm } from '@rerig/domain/grading';
import type { Rig } from '@rerig/domain/inventory';
import { type JobFence, rigsOfInventory, type SlurmRig } from '@rerig/executors/slurm';
import { cliFault } from '../faults.ts';
import { readRigFiles } from '../rig-files.ts';
import { columnCount, hasColor, printFault } from '../terminal.ts';
import { planDocument } from './plan-document.ts';
import { renderPlan } from './render-plan.ts';

/** What `rerig farm init` is given. */
export interface InitOptions {
  readonly data: string;
  readonly json?: boolean;
  readonly inventory?: readonly string[];
  readonly address?: string;
  readonly name?: string;
  readonly rigsMax?: number;
  readonly fence?: 'autodetect' | 'cgroup/v1' | 'cgroup/v2' | 'none';
  readonly suspendProgram?: string;
  readonly resumeProgram?: string;
  readonly suspendAfter?: number;
  readonly install?: boolean;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Shows what is to change, asks, and does it. */
export async function initFarm(options: InitOptions): Promise<void> {
  const dataFolder = resolve(options.data);
  const plan = await planOf(options, dataFolder);
  const isNothing = isNothingToDo(plan);
  if (options.json !== true) process.stdout.write(renderPlan(plan, { columnCount: columnCount(), color: hasColor() }));
  if (isNothing || options.dryRun === true) {
    if (options.json === true) printDocument(plan, { isDone: false, backups: [], startedParts: [], token: null });
    return;
  }
  if (options.yes !== true) await confirm();
  const made = await makeFarm(dataFolder, plan, options.install === true);
  if (isFault(made)) throw new FaultError(made);
  for (const backup of made.backups) process.stderr.write(`✔ kept what was there: ${backup}\n`);
  if (made.startedParts.length > 0) process.stderr.write(`✔ started ${made.startedParts.join(', ')}\n`);
  const token = plan.isNew ? await makeToken(dataFolder, Date.now()) : null;
  if (isFault(token)) throw new FaultError(token);
  if (options.json === true) printDocument(plan, { isDone: true, ...made, token });
  process.stderr.write(nextSteps(token));
}

async function planOf(options: InitOptions, dataFolder: string): Promise<FarmPlan> {
  const { name, rigsMax, fence } = options;
  const inventory = await inventoryOf(options, dataFolder);
  const address = options.address ?? (existsSync(join(dataFolder, 'farm/farm.json')) ? undefined : ownAddress());
  const plan = await planFarm({
    dataFolder,
    headHostName: hostname().split('.')[0] ?? 'localhost',
    ...(address === undefined ? {} : { headAddress: address }),
    ...(name === undefined ? {} : { clusterName: name }),
    ...(rigsMax === undefined ? {} : { rigsMax }),
    ...(fence === undefined ? {} : { jobFence: jobFenceOf(fence) }),
    ...powerSavingOf(options),
    ...(inventory === null ? {} : { inventory }),
    replacesOther: options.replace === true,
  });
  if (isFault(plan)) throw new FaultError(plan);
  return plan;
}

/** How long a rig is without work until it is put to sleep, and how long it may take to wake, where nothing is said. */
const SUSPEND_AFTER_MS = 10 * 60_000;
const RESUME_WITHIN_MS = 5 * 60_000;

function powerSavingOf({ suspendProgram, resumeProgram, suspendAfter }: InitOptions): Pick<FarmWish, 'powerSaving'> {
  if (suspendProgram === 'off') return { powerSaving: 'off' };
  if (suspendProgram === undefined && resumeProgram === undefined && suspendAfter === undefined) return {};
  if (suspendProgram !== undefined && resumeProgram !== undefined) {
    const suspendAfterMs = suspendAfter ?? SUSPEND_AFTER_MS;
    return { powerSaving: { suspendProgram, resumeProgram, suspendAfterMs, resumeWithinMs: RESUME_WITHIN_MS } };
  }
  throw new FaultError(
    cliFault('stopped', {
      what: 'Nothing was changed.',
      why: 'A rig that is put to sleep must be woken too, and one of the two programs is not named.',
      mend: 'Give both --suspend-program and --resume-program.',
    }),
  );
}

function jobFenceOf(fence: NonNullable<InitOptions['fence']>): JobFence {
  return fence === 'none' ? { kind: 'none' } : { kind: 'cgroup', version: fence };
}

/** The rigs of the files, or of an earlier `rerig up`; null where there are none: rigs tell then what they are. */
async function inventoryOf({ inventory = [] }: InitOptions, dataFolder: string): Promise<readonly SlurmRig[] | null> {
  if (inventory.length > 0) {
    const { farm, faults } = await readRigFiles(inventory);
    const [fault] = faults;
    if (farm.rigs.length === 0 && fault !== undefined) throw new FaultError(fault);
    for (const each of faults) printFault(each);
    return toSlurm(farm.rigs);
  }
  if (!existsSync(join(dataFolder, 'postgres'))) return null;
  // Loaded here, as the store is of no use to who gives files.
  const { readFarmInventory } = await import('@rerig/server/server');
  const kept = await readFarmInventory(dataFolder);
  if (isFault(kept)) throw new FaultError(kept);
  return kept === null ? null : toSlurm(kept.rigs);
}

function toSlurm(rigs: readonly Rig[]): readonly SlurmRig[] {
  return rigsOfInventory(gradeFarm({ rigs }, { nowMs: Date.now() }));
}

/** The first address that other machines know. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

async function confirm(): Promise<void> {
  if (process.stdin.isTTY === true) {
    const asking = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await asking.question('Change this? [y/N] ').finally(() => asking.close());
    if (/^y(es)?$/i.test(answer.trim())) return;
  }
  throw new FaultError(
    cliFault('stopped', {
      what: 'Nothing was changed.',
      why:
        process.stdin.isTTY === true ? 'You did not say yes.' : 'Nobody is there to say yes, and --yes was not given.',
      mend: 'Give --yes once the changes are what you want.',
    }),
  );
}

function printDocument(
  plan: FarmPlan,
  done: {
    readonly isDone: boolean;
    readonly backups: readonly string[];
    readonly startedParts: readonly string[];
    readonly token: MadeToken | null;
  },
): void {
  process.stdout.write(`${JSON.stringify({ ...planDocument(plan), ...done }, null, 2)}\n`);
}

function nextSteps(token: MadeToken | null): string {
  const command = token?.command ?? 'what "rerig farm token" shows';
  return [
    '✔ the farm is made. Let rigs in while this runs on the head:',
    '  rerig farm serve',
    'and on the rig, as root, within 24 hours (one token lets one rig in):',
    `  ${command}`,
    '',
  ].join('\n');
}
