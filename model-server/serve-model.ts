import type { Server } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { type Fault, isFault } from '@rerig/domain/fault';
import { inspectModelFile } from '@rerig/models/gguf';
import { openSpanSink } from '@rerig/telemetry/traces';
import { type ServeFault, serveFault } from './faults.ts';
import { removeSocket, startListening } from './http/listen-address.ts';
import { RequestSpans } from './http/request-spans.ts';
import type { ServedModel } from './http/served-model.ts';
import { createModelServer, type Health, type ServingState } from './http/server.ts';
import type { LlamaLibraries } from './llama/libraries.ts';
import { leaveAtOnce, reportNativeAbort } from './llama/native-log.ts';
import type { Route } from './llama/routes.ts';
import { makeReady, type ReadyModel } from './make-ready.ts';
import type { ServeModelOptions } from './options.ts';

export type { ServeFault, ServeFaultCode } from './faults.ts';
export type { ListenAddress } from './http/listen-address.ts';
export { parseListenAddress } from './http/listen-address.ts';
export { parseServeModelArguments, SERVE_MODEL_HELP, type ServeModelOptions } from './options.ts';

/** What the model server says to its parent, one JSON line each on stdout. */
export type ServeModelEvent =
  | { readonly event: 'loading'; readonly listen: string; readonly model: string; readonly fileBytes: number }
  /** `listen` is as given to `--listen`, with the port that was chosen. */
  | ({ readonly event: 'ready'; readonly listen: string } & Health)
  | { readonly event: 'failed'; readonly fault: Fault };

/** Where the server speaks and what ends it. */
export interface ServeModelStreams {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Watched with `exitWithParent`: its end ends the process at once. */
  readonly stdin: Readable;
  /** Aborting it ends the server in an orderly way, within `STOP_MS_MAX`. */
  readonly stop: AbortSignal;
}

/** Longest time from the wish to stop to the end of the process. */
export const STOP_MS_MAX = 5000;
/** Time that running answers get to finish, of those. */
const FINISH_MS_MAX = 4000;
/** Then their last bytes get this many times so long to reach their sockets. */
const LAST_BYTES_TURNS_MAX = 25;
const LAST_BYTES_TURN_MS = 20;

/**
 * Serves one model until it is told to stop; gives the exit code: 0 when told to stop, 1 after a fault, which is told on
 * `stdout`. One call per process: llama.cpp's state is the process's.
 */
export async function serveModel(options: ServeModelOptions, streams: ServeModelStreams): Promise<number> {
  // A parent that no longer listens is no reason to end: with `exitWithParent` its stdin says so.
  for (const stream of [streams.stdout, streams.stderr]) stream.on('error', () => undefined);
  const say = (event: ServeModelEvent) => void streams.stdout.write(`${JSON.stringify(event)}\n`);
  const log = (line: string) => void streams.stderr.write(`[model-server] ${line}\n`);
  let state: ServingState = { status: 'loading' };
  const spans = await openSpanSink('rerig-model-server', process.env);
  const server = createModelServer(() => state, {
    onProblem: (problem, requestId) => log(`request ${requestId ?? 'without an id'}: ${describeProblem(problem)}`),
    observers: spans === null ? [] : [new RequestSpans(spans)],
  });
  const serving: Serving = {
    options,
    server,
    say,
    log,
    stop: streams.stop,
    enter: (next) => {
      state = next;
    },
    leave: (exitCode) => {
      removeSocket(server, options.listen);
      leaveAtOnce(exitCode);
    },
  };
  if (options.exitWithParent) endWithParent(streams.stdin, serving);
  const fault = await loadAndServe(serving);
  await spans?.close();
  if (fault === undefined) return 0;
  say({ event: 'failed', fault });
  log(`${fault.what} ${fault.why} ${fault.mend}`);
  return 1;
}

/** One run of the server. */
interface Serving {
  readonly options: ServeModelOptions;
  readonly server: Server;
  readonly stop: AbortSignal;
  readonly say: (event: ServeModelEvent) => void;
  readonly log: (line: string) => void;
  /** From here on requests are answered in this state. */
  readonly enter: (state: ServingState) => void;
  /** Ends the process now, also where it computes. */
  readonly leave: (exitCode: number) => never;
}

async function loadAndServe(serving: Serving): Promise<Fault | undefined> {
  const { options, server, stop } = serving;
  const file = inspectModelFile(options.modelPath);
  if (isFault(file)) return file;
  const modelName = options.modelName ?? file.name ?? 'model';
  const listen = await startListening(server, options.listen);
  if (isFault(listen)) return listen;
  serving.say({ event: 'loading', listen, model: modelName, fileBytes: file.fileBytes });
  try {
    const watch = (libraries: LlamaLibraries) => watchForAbort(serving, libraries);
    const ready = await unlessStopped(serving, () => makeReady(options, file, modelName, watch));
    if (isFault(ready)) return ready;
    const { served, broken } = ready;
    const health: Health = { ...ready.health, loadMs: Math.round(performance.now()) };
    serving.enter({ status: 'ready', model: served, health });
    serving.say({ event: 'ready', listen, ...health });
    const fault = await Promise.race([broken, aborted(stop)]);
    serving.enter({ status: 'stopping', model: served, health });
    serving.log(fault ? 'steps fail again and again: stopping' : 'stopping');
    await wind(serving, ready);
    return fault;
  } finally {
    removeSocket(server, options.listen);
    server.close();
    server.closeAllConnections();
  }
}

/** Loading can't be broken off, but the process can end: nothing is served yet. */
async function unlessStopped<Result>({ stop, leave }: Serving, load: () => Promise<Result>): Promise<Result> {
  const end = () => leave(0);
  if (stop.aborted) end();
  stop.addEventListener('abort', end);
  try {
    return await load();
  } finally {
    stop.removeEventListener('abort', end);
  }
}

function watchForAbort({ options, say, leave }: Serving, libraries: LlamaLibraries): void {
  reportNativeAbort(libraries.functions, (words) => {
    say({ event: 'failed', fault: crashFault(words, options.route) });
    return leave(1);
  });
}

/** Lets running answers finish, then ends them; a step that is still being computed at the limit ends with the process. */
async function wind({ server, leave }: Serving, { served, close }: ReadyModel): Promise<void> {
  const limit = setTimeout(() => leave(0), STOP_MS_MAX - 200);
  const closed = new Promise<'closed'>((resolve) => {
    server.close(() => resolve('closed'));
  });
  await stopComputing(served);
  for (let turn = 0; turn < LAST_BYTES_TURNS_MAX; turn++) {
    server.closeIdleConnections();
    if ((await Promise.race([closed, wait(LAST_BYTES_TURN_MS)])) === 'closed') break;
  }
  close();
  clearTimeout(limit);
}

async function stopComputing({ writer, embedder }: ServedModel): Promise<void> {
  await Promise.all([writer?.batcher.stop(FINISH_MS_MAX), embedder?.stop(FINISH_MS_MAX)]);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** A parent that is killed says nothing, but its end of our stdin closes. */
function endWithParent(stdin: Readable, { leave }: Serving): void {
  for (const end of ['end', 'close', 'error']) stdin.once(end, () => leave(0));
  stdin.resume();
}

function crashFault(words: string, route: Route): ServeFault {
  const olderCards = route === 'cuda' ? ' A card older than Turing is served with --route vulkan.' : '';
  return serveFault('llama_crashed', {
    what: 'llama.cpp found its own state wrong and ended the process.',
    why: `It says: ${words.trim()}.`,
    mend: `Fetch the model file again; if it happens with a good file too, report it with the output of --verbose.${olderCards}`,
  });
}

/** An exception's name and place, never its values: those may hold a customer's words. */
function describeProblem(problem: unknown): string {
  if (!(problem instanceof Error)) return 'an exception that is no Error';
  return `${problem.name} ${problem.stack?.split('\n').slice(1, 4).join(' ').trim() ?? ''}`;
}
