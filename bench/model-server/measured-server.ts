import { availableParallelism } from 'node:os';
import { hasLlamaServer, startLlamaServer } from '../peers/llama-server.ts';
import type { RunningProgram } from '../processes/child-program.ts';
import { startModelServer } from '../processes/running-model-server.ts';

export type ServerName = 'ours' | 'llamaServer' | 'other';

/** An OpenAI-compatible server under measurement. */
export interface MeasuredServer {
  readonly name: ServerName;
  readonly host: string;
  readonly port: number;
  /** Of chat completions. */
  readonly path: string;
  readonly model: string;
  /** Null where it is not a process of ours. */
  readonly program: RunningProgram | null;
}

/** Slots and their context, the same for every server. */
export interface Slots {
  readonly parallelCount: number;
  readonly contextTokens: number;
}

/** All cores but one: at all of them, speed was seen to collapse as soon as anything else runs. */
export const threadCount = Math.max(1, availableParallelism() - 1);

/** Starts ours, and llama-server where it is built, on one model; `opened` ends them. */
export async function startServers(
  modelPath: string,
  slots: Slots,
  opened: AsyncDisposableStack,
): Promise<readonly MeasuredServer[]> {
  const model = 'measured';
  const start = { modelPath, ...slots, threadCount };
  const local = { host: '127.0.0.1', path: '/v1/chat/completions', model };
  const { program, listen } = await startModelServer({ ...start, modelName: model, waitingMax: 64 });
  opened.defer(program.stop);
  const ours: MeasuredServer = { ...local, name: 'ours', port: Number(listen.split(':').at(-1)), program };
  if (!hasLlamaServer()) return [ours];
  const peer = await startLlamaServer(start);
  opened.defer(peer.program.stop);
  return [ours, { ...local, name: 'llamaServer', port: peer.port, program: peer.program }];
}

/** Any other server, by its base URL (`http://10.0.0.5:8000/v1`, without TLS) and its model's name. */
export function otherServer(baseUrl: string, model: string): MeasuredServer {
  const url = new URL(baseUrl);
  const port = url.port === '' ? 80 : Number(url.port);
  const path = `${url.pathname.replace(/\/$/, '')}/chat/completions`;
  return { name: 'other', host: url.hostname, port, path, model, program: null };
}
