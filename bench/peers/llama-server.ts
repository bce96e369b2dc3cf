import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningProgram, startProgram } from '../processes/child-program.ts';
import { peerCacheFolder } from './cache-folder.ts';
import { freePort, untilAnswers } from './portkey.ts';

/** The version that our model server's libraries have, too. */
export const LLAMA_SERVER_VERSION = 'v0.5.0';

const START_LIMIT_MS = 60_000;

/** How llama-server is started: as ours is, slot by slot. */
export interface LlamaServerStart {
  readonly modelPath: string;
  readonly parallelCount: number;
  /** Of one slot. */
  readonly contextTokens: number;
  readonly threadCount: number;
}

/** Whether it was built by `bench/peers/build-llama-server.sh`. */
export function hasLlamaServer(): boolean {
  return existsSync(llamaServerPath());
}

/** What to say where it is not there. */
export function llamaServerMissing(): string {
  return '  llama-server is not built: aims over it are not measured. Build it: sh bench/peers/build-llama-server.sh\n';
}

/** Starts llama-server and waits until its model is loaded. */
export async function startLlamaServer(
  start: LlamaServerStart,
): Promise<{ readonly program: RunningProgram; readonly port: number }> {
  const port = await freePort();
  const flags = {
    '-m': start.modelPath,
    '--host': '127.0.0.1',
    '--port': port,
    '-np': start.parallelCount,
    '-c': start.parallelCount * start.contextTokens,
    '-t': start.threadCount,
    '-tb': start.threadCount,
  };
  const values = Object.entries(flags).flatMap(([name, value]) => [name, String(value)]);
  const program = await startProgram({
    command: llamaServerPath(),
    values: [...values, '--no-kv-unified'],
    saysReady: false,
  });
  await untilAnswers(`http://127.0.0.1:${port}/health`, START_LIMIT_MS);
  return { program, port };
}

function llamaServerPath(): string {
  return join(peerCacheFolder(), `llama.cpp-${LLAMA_SERVER_VERSION}/build/bin/llama-server`);
}
