import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { InvariantError } from '@rerig/domain/fault';
import { z } from 'zod';

const documentSchema = z.object({
  apiUrl: z.string(),
  apiKey: z.string(),
  replica: z.object({ model: z.string() }),
  demonstration: z.object({ firstTokenSinceStartMs: z.number(), tokensPerSecond: z.number() }),
});

/** What `rerig up --json` says of itself. */
export type UpDocument = z.infer<typeof documentSchema>;

const RERIG = join(import.meta.dirname, '../../cli/rerig.ts');
const UP_LIMIT_MS = 120_000;

/** `rerig up` as a process of its own, up and serving. */
export interface RunningRerig {
  readonly document: UpDocument;
  readonly pid: number;
  /** Asks it to stop, and resolves once it has. */
  readonly stop: () => Promise<void>;
}

/** Runs `rerig up --once` on a data folder and gives what it said. */
export async function upOnce(dataFolder: string): Promise<UpDocument> {
  const child = spawnUp(dataFolder, ['--once']);
  const text = textOf(child);
  const [status] = await once(child, 'exit');
  const said = await text;
  if (status !== 0) throw new InvariantError(`rerig up --once ended with ${String(status)}: ${said}`);
  return documentSchema.parse(JSON.parse(said));
}

/** Starts `rerig up` on a data folder and waits until it serves. */
export async function startRerig(dataFolder: string): Promise<RunningRerig> {
  const child = spawnUp(dataFolder, []);
  const { pid } = child;
  if (pid === undefined) throw new InvariantError('rerig up could not be started');
  let text = '';
  for await (const part of child.stdout ?? []) {
    text += String(part);
    if (text.trimEnd().endsWith('\n}')) break;
  }
  return {
    document: documentSchema.parse(JSON.parse(text)),
    pid,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
    },
  };
}

function spawnUp(dataFolder: string, flags: readonly string[]): ChildProcess {
  return spawn(process.execPath, [RERIG, 'up', '--json', '--data', dataFolder, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: UP_LIMIT_MS,
  });
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const part of child.stdout ?? []) text += String(part);
  return text;
}
