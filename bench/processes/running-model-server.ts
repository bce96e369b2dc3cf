import { join } from 'node:path';
import { replicaHeapFlags } from '@rerig/agent/agent';
import { InvariantError } from '@rerig/domain/fault';
import { z } from 'zod';
import { type RunningProgram, startProgram } from './child-program.ts';

/** How a model server of ours is started for a measurement. */
export interface ModelServerStart {
  readonly modelPath: string;
  readonly modelName: string;
  readonly parallelCount: number;
  /** Of one request, prompt and answer. */
  readonly contextTokens: number;
  readonly threadCount: number;
  /** Requests that may wait for a slot. */
  readonly waitingMax: number;
}

/** Our model server, ready, as a process of its own. */
export interface RunningModelServer {
  readonly program: RunningProgram;
  /** `127.0.0.1:PORT`. */
  readonly listen: string;
}

const MAIN = join(import.meta.dirname, '../../model-server/main.ts');
const eventSchema = z.looseObject({ event: z.string(), listen: z.string().optional() });
const EVENTS_MAX = 20;

/** Starts a model server on the processor and waits until it is ready. */
export async function startModelServer(start: ModelServerStart): Promise<RunningModelServer> {
  const { modelPath, modelName, parallelCount, contextTokens, threadCount, waitingMax } = start;
  const flags = {
    '--model': modelPath,
    '--name': modelName,
    '--listen': '127.0.0.1:0',
    '--parallel': parallelCount,
    '--context': contextTokens,
    '--threads': threadCount,
    '--queue': waitingMax,
  };
  const values = [
    ...replicaHeapFlags,
    MAIN,
    ...Object.entries(flags).flatMap(([name, value]) => [name, String(value)]),
    '--exit-with-parent',
  ];
  const program = await startProgram({ command: process.execPath, values, saysReady: true });
  let line = program.firstLine;
  for (let count = 0; count < EVENTS_MAX; count += 1) {
    const said = eventSchema.parse(JSON.parse(line));
    if (said.event === 'ready' && said.listen !== undefined) return { program, listen: said.listen };
    if (said.event === 'failed') throw new InvariantError(`the model server failed: ${line}`);
    line = await program.nextLine();
  }
  throw new InvariantError(`the model server is not ready after ${EVENTS_MAX} events`);
}
