import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Debian's own: the one that has python3-torch. */
export const PYTHON = '/usr/bin/python3';

/** The training that a gang does in tests. */
export const TRAINING = fileURLToPath(new URL('../gang/examples/train-over-ranks.py', import.meta.url));

/** Why the training can't run here; undefined where it can. For names of tests that are left out. */
export const torchMissing: string | undefined =
  spawnSync(PYTHON, ['-c', 'import torch']).status === 0 ? undefined : 'needs PyTorch: apt-get install python3-torch';

/** What a training of some steps is told, beside where its ranks meet. */
export function trainingEnvironment(stepCount: number, stepMs: number): Readonly<Record<string, string>> {
  return {
    GLOO_SOCKET_IFNAME: 'lo',
    OMP_NUM_THREADS: '1',
    TRAIN_STEPS: `${stepCount}`,
    TRAIN_STEP_SECONDS: `${stepMs / 1000}`,
    TRAIN_CHECKPOINT_STEPS: '5',
  };
}

/** A rank of a training that runs, and what it has said so far. */
export interface RankProcess {
  readonly child: ChildProcess;
  said(): string;
  /** Its exit code; 128 + the signal where one ended it. */
  readonly ended: Promise<number>;
}

/** Starts one rank as a process of its own. */
export function startRank(environment: Readonly<Record<string, string>>): RankProcess {
  const child = spawn(PYTHON, [TRAINING], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (part) => (text += part));
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('close', (code) => resolve(code ?? 255));
  return { child, said: () => text, ended: promise };
}

/** The loss that a finished training has written, in all its digits; undefined where it has written none. */
export function lossIn(folder: string): string | undefined {
  const path = `${folder}/result.json`;
  return existsSync(path) ? /"loss": "([\d.e-]+)"/.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
}
