import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir, open, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { identityOf, isRunning, type ProcessIdentity, signalProcess } from '@rerig/executors/local';
import { z } from 'zod';
import { type FarmFault, farmFault } from './faults.ts';
import type { Part, PartStanding } from './part.ts';
import { COMMAND_PATH, runCommand } from './run-command.ts';
import { writeWholeFile } from './whole-file.ts';

/** How long a part may take until it answers, and until it has ended. */
const UP_WITHIN_MS = 30_000;
const DOWN_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 50;

const identitySchema = z.object({ pid: z.int(), startTicks: z.string(), bootId: z.string() });

/** Whether systemd runs this machine. */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/** How a part stands now. */
export async function partStanding(part: Part['name'], runFolder: string): Promise<PartStanding> {
  if (hasSystemd()) {
    const shown = await runCommand('systemctl', ['show', '-P', 'MainPID', '-P', 'ActiveState', `${part}.service`]);
    const [pidText = '0', state] = shown.kind === 'done' ? shown.stdout.trim().split('\n') : [];
    return {
      name: part,
      isRunning: state === 'active',
      by: 'systemd',
      pid: Number(pidText) === 0 ? null : Number(pidText),
    };
  }
  const identity = recordedIdentity(part, runFolder);
  const runs = identity !== undefined && isRunning(identity);
  return { name: part, isRunning: runs, by: 'rerig', pid: runs ? identity.pid : null };
}

/**
 * Starts a part that does not run, and waits until it answers. By systemd where it is; else as a process of its own, whose
 * identity is kept in `runFolder`, and whose words before its log begins are in `NAME.out` there.
 */
export async function startPart(part: Part, runFolder: string): Promise<FarmFault | null> {
  for (const { path, mode, owner } of part.folders) {
    if (existsSync(path)) continue;
    await mkdir(path, { recursive: true, mode });
    await chown(path, owner.uid, owner.gid);
  }
  if ((await partStanding(part.name, runFolder)).isRunning) return null;
  if (hasSystemd()) {
    await runCommand('systemctl', ['daemon-reload']);
    const started = await runCommand('systemctl', ['enable', '--now', `${part.name}.service`], {
      withinMs: UP_WITHIN_MS,
    });
    if (started.kind !== 'done')
      return partFault(part, started.kind === 'failed' ? `systemctl said: ${started.said}.` : 'systemctl is missing.');
  } else {
    // On a head that is a rig too, munged runs already, and serves both.
    if (part.name === 'munge' && (await answers(part))) return null;
    const failed = await spawnPart(part, runFolder);
    if (failed !== null) return failed;
  }
  const isUp = await until(
    async () => (await answers(part)) || !(await partStanding(part.name, runFolder)).isRunning,
    UP_WITHIN_MS,
  );
  if (isUp && (await partStanding(part.name, runFolder)).isRunning) return null;
  return partFault(
    part,
    `It ${isUp ? 'ended at once' : `does not answer within ${UP_WITHIN_MS / 1000} seconds`}. ${lastWords(part, runFolder)}`,
  );
}

async function spawnPart(part: Part, runFolder: string): Promise<FarmFault | null> {
  await mkdir(runFolder, { recursive: true, mode: 0o700 });
  const output = await open(join(runFolder, `${part.name}.out`), 'w', 0o600);
  const { owner } = part;
  const asOwner =
    owner === undefined ? [] : ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  const [program = '', ...words] = [...asOwner, ...part.command];
  try {
    const child = spawn(program, words, {
      cwd: '/',
      env: { PATH: COMMAND_PATH, ...part.environment },
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
    });
    const failed = Promise.withResolvers<string>();
    child.once('error', (error) => failed.resolve(error.message));
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity === undefined)
      return partFault(
        part,
        child.pid === undefined ? `${await failed.promise}.` : `It ended at once. ${lastWords(part, runFolder)}`,
      );
    child.unref();
    await writeWholeFile(join(runFolder, `${part.name}.json`), JSON.stringify(identity), 0o600);
    return null;
  } finally {
    await output.close();
  }
}

/** Stops a part that runs, by its identity; kills it where it does not end. Nothing to do is no fault. */
export async function stopPart(part: Part['name'], runFolder: string): Promise<FarmFault | null> {
  if (hasSystemd()) {
    const stopped = await runCommand('systemctl', ['disable', '--now', `${part}.service`], { withinMs: UP_WITHIN_MS });
    return stopped.kind === 'done'
      ? null
      : stopFault(part, stopped.kind === 'failed' ? stopped.said : 'systemctl is missing');
  }
  const identity = recordedIdentity(part, runFolder);
  if (identity !== undefined && isRunning(identity)) {
    signalProcess(identity, 'SIGTERM', 'process');
    const isGone = async () => !isRunning(identity);
    // A slurmd that still waits for its controller does not hear SIGTERM.
    if (!(await until(isGone, DOWN_WITHIN_MS))) signalProcess(identity, 'SIGKILL', 'process');
    if (!(await until(isGone, DOWN_WITHIN_MS))) return stopFault(part, `process ${identity.pid} does not end`);
  }
  for (const ending of ['json', 'out']) await rm(join(runFolder, `${part}.${ending}`), { force: true });
  return null;
}

function recordedIdentity(part: Part['name'], runFolder: string): ProcessIdentity | undefined {
  try {
    return identitySchema.parse(JSON.parse(readFileSync(join(runFolder, `${part}.json`), 'utf8')));
  } catch {
    // It was never started from here.
    return undefined;
  }
}

async function answers({ answersAt }: Part): Promise<boolean> {
  if (answersAt === null) return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = answersAt.kind === 'unix' ? connect(answersAt.path) : connect(answersAt.port, '127.0.0.1');
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  const isThere = await promise;
  socket.destroy();
  return isThere;
}

async function until(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const untilMs = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}

function lastWords(part: Part, runFolder: string): string {
  if (hasSystemd()) return `See: journalctl -u ${part.name}.`;
  try {
    const lines = readFileSync(join(runFolder, `${part.name}.out`), 'utf8')
      .trim()
      .split('\n');
    const told = lines.filter((line) => /error|fatal/i.test(line)).slice(-2);
    return `It said: ${(told.length === 0 ? lines.slice(-2) : told).join('; ').slice(0, 600)}.`;
  } catch {
    // It has said nothing.
    return 'It said nothing.';
  }
}

function partFault(part: Part, why: string): FarmFault {
  return farmFault('farm-part-failed', {
    what: `${part.name} does not start.`,
    why,
    mend: 'Mend what it names, then run the same command again: what is done already stays.',
  });
}

function stopFault(part: Part['name'], said: string): FarmFault {
  return farmFault('farm-part-failed', {
    what: `${part} does not stop.`,
    why: `The reason: ${said}.`,
    mend: 'Stop it by hand, then run the same command again.',
  });
}
