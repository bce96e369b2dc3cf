import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvariantError } from '@rerig/domain/fault';
import { z } from 'zod';

const documentSchema = z.object({ consoleUrl: z.string(), apiUrl: z.string(), apiKey: z.string() });

/** What `rerig up --json` says of itself. */
export type UpDocument = z.infer<typeof documentSchema>;

/** `rerig up`, up and serving on a data folder of its own. */
export interface RunningRerig {
  readonly document: UpDocument;
  readonly dataFolder: string;
  /** Ends it as Ctrl-C does, and removes its folder. */
  readonly stop: () => Promise<void>;
}

const RERIG = join(import.meta.dirname, '../rerig.ts');

/** Starts the real command and waits until it serves. */
export async function startRerig(
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningRerig> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-it-'));
  const child = spawn(process.execPath, [RERIG, 'up', '--json', '--data', dataFolder, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const document = await documentOf(child);
  return {
    document,
    dataFolder,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

async function documentOf(child: ChildProcess): Promise<UpDocument> {
  let talk = '';
  child.stderr?.on('data', (part) => {
    talk += String(part);
  });
  let text = '';
  for await (const part of child.stdout ?? []) {
    text += String(part);
    if (text.trimEnd().endsWith('\n}')) return documentSchema.parse(JSON.parse(text));
  }
  throw new InvariantError(`rerig up ended before it was up: ${talk}`);
}
