import type { Server } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { type Fault, isFault } from '@rerig/domain/fault';
import { Batcher } from './batching/batcher.ts';
import { type ServeFault, serveFault } from './faults.ts';
import { inspectModelFile, type ModelFile, refuseOversize } from './gguf/model-file.ts';
import { checkGolden } from './golden/golden-check.ts';
import { removeSocket, startListening } from './http/listen-address.ts';
import { createModelServer, type Readiness } from './http/server.ts';
import { type LlamaEngine, openEngine } from './llama/engine.ts';
import { openLlama } from './llama/libraries.ts';
import { leaveAtOnce, listenToLlama, reportNativeAbort } from './llama/native-log.ts';
import type { ServeModelOptions } from './options.ts';
import { openChatPrompt } from './prompt/chat-prompt.ts';

export type { ServeFault, ServeFaultCode } from './faults.ts';
export type { ListenAddress } from './http/listen-address.ts';
export { parseListenAddress } from './http/listen-address.ts';
export { parseServeModelArguments, SERVE_MODEL_HELP, type ServeModelOptions } from './options.ts';

/** What the model server says to its parent, one JSON line each on stdout. */
export type ServeModelEvent =
  | { readonly event: 'loading'; readonly listen: string; readonly model: string; readonly fileBytes: number }
  | {
      readonly event: 'ready';
      /** As given to `--listen`, with the port that was chosen. */
      readonly listen: string;
      readonly model: string;
      readonly contextTokens: number;
      readonly parallelCount: number;
      readonly buildVariant: string;
      /** Of one sequence alone, in the golden check. */
      readonly tokensPerSecond: number;
      /** From the start of the process. */
      readonly loadMs: number;
    }
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
/** The context where none is asked for, or the trained one where that is less. */
const CONTEXT_TOKENS_DEFAULT = 4096;

/**
 * Serves one model until it is told to stop; gives the exit code: 0 when told to stop, 1 after a fault, which is told on
 * `stdout`. One call per process: llama.cpp's state is the process's.
 */
export async function serveModel(options: ServeModelOptions, streams: ServeModelStreams): Promise<number> {
  const say = (event: ServeModelEvent) => void streams.stdout.write(`${JSON.stringify(event)}\n`);
  const log = (line: string) => void streams.stderr.write(`[model-server] ${line}\n`);
  if (options.exitWithParent) endWithParent(options, streams.stdin);
  const result = await loadAndServe(options, streams.stop, say, log);
  if (!isFault(result)) return 0;
  say({ event: 'failed', fault: result });
  log(`${result.what} ${result.why} ${result.mend}`);
  return 1;
}

async function loadAndServe(
  options: ServeModelOptions,
  stop: AbortSignal,
  say: (event: ServeModelEvent) => void,
  log: (line: string) => void,
): Promise<ServeFault | undefined> {
  const file = inspectModelFile(options.modelPath);
  if (isFault(file)) return file;
  const contextTokens = chooseContext(file, options);
  if (isFault(contextTokens)) return contextTokens;
  const model = options.modelName ?? file.name ?? 'model';
  const readiness: Readiness = { served: undefined, isStopping: false };
  const server = createModelServer(readiness, (problem) => log(describeProblem(problem)));
  const listen = await startListening(server, options.listen);
  if (isFault(listen)) return listen;
  say({ event: 'loading', listen, model, fileBytes: file.fileBytes });
  try {
    const engine = await openModel(options, contextTokens, say);
    if (isFault(engine)) return engine;
    const broken = Promise.withResolvers<ServeFault>();
    const batcher = await makeReady(options, engine, model, readiness, broken.resolve);
    if (isFault(batcher)) return batcher;
    const health = readiness.served?.health;
    if (health) say({ event: 'ready', listen, ...health, loadMs: Math.round(performance.now()) });
    const fault = await Promise.race([broken.promise, aborted(stop)]);
    readiness.isStopping = true;
    log(fault ? 'steps fail again and again: stopping' : 'stopping');
    await wind(server, batcher, engine, options);
    return fault;
  } finally {
    server.close();
    server.closeAllConnections();
    removeSocket(options.listen);
  }
}

function chooseContext(file: ModelFile, options: ServeModelOptions): number | ServeFault {
  const contextTokens = options.contextTokens ?? Math.min(file.trainedContextTokens, CONTEXT_TOKENS_DEFAULT);
  if (contextTokens > file.trainedContextTokens) {
    return serveFault('wrong_options', {
      what: `A context of ${contextTokens} tokens is asked for, and the model was trained for ${file.trainedContextTokens}.`,
      why: 'Past its trained context a model writes nonsense.',
      mend: `Give --context ${file.trainedContextTokens} or less.`,
    });
  }
  if (options.memoryLimitBytes === undefined) return contextTokens;
  return refuseOversize(file, contextTokens * options.parallelCount, options.memoryLimitBytes) ?? contextTokens;
}

async function openModel(
  options: ServeModelOptions,
  contextTokens: number,
  say: (event: ServeModelEvent) => void,
): Promise<LlamaEngine | ServeFault> {
  const libraries = openLlama();
  if (isFault(libraries)) return libraries;
  reportNativeAbort(libraries.functions, (words) => {
    say({ event: 'failed', fault: crashFault(words) });
    removeSocket(options.listen);
  });
  const nativeLog = listenToLlama(libraries.functions, options.verbose);
  const setup = {
    modelPath: options.modelPath,
    route: options.route,
    device: options.device,
    slotCount: options.parallelCount,
    contextTokensPerSlot: contextTokens,
    batchTokensMax: options.batchTokensMax,
    threadCount: options.threadCount,
    verbose: options.verbose,
  };
  const engine = await openEngine(libraries, setup, nativeLog.lastErrors);
  nativeLog.silence();
  return engine;
}

async function makeReady(
  options: ServeModelOptions,
  engine: LlamaEngine,
  model: string,
  readiness: Readiness,
  onBroken: (fault: ServeFault) => void,
): Promise<Batcher | ServeFault> {
  const prompt = openChatPrompt(engine.chatTemplate, engine.vocabulary);
  if (isFault(prompt)) return prompt;
  const golden = await checkGolden(engine);
  if (isFault(golden)) return golden;
  const batcher = new Batcher(engine, options, onBroken);
  const { contextTokensPerSlot: contextTokens, slotCount: parallelCount, buildVariant } = engine;
  const tokensPerSecond = Math.round(golden.tokensPerSecond * 10) / 10;
  readiness.served = {
    model: { requiredName: options.modelName, displayName: model, contextTokens, batcher, prompt },
    health: { model, contextTokens, parallelCount, buildVariant, tokensPerSecond },
  };
  return batcher;
}

/** Lets running answers finish, then ends them; a step that is still being computed at the limit ends with the process. */
async function wind(server: Server, batcher: Batcher, engine: LlamaEngine, options: ServeModelOptions): Promise<void> {
  const limit = setTimeout(() => {
    removeSocket(options.listen);
    leaveAtOnce(0);
  }, STOP_MS_MAX - 200);
  server.close();
  server.closeIdleConnections();
  await batcher.stop(FINISH_MS_MAX);
  // One turn of the loop, so that the last answers reach their sockets.
  await wait(20);
  engine.close();
  clearTimeout(limit);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** A parent that is killed says nothing, but its end of our stdin closes. */
function endWithParent(options: ServeModelOptions, stdin: Readable): void {
  const leave = () => {
    removeSocket(options.listen);
    leaveAtOnce(0);
  };
  stdin.once('end', leave);
  stdin.once('close', leave);
  stdin.once('error', leave);
  stdin.resume();
}

function crashFault(words: string): ServeFault {
  return serveFault('engine_crashed', {
    what: 'llama.cpp found its own state wrong and ended the process.',
    why: `It says: ${words.trim()}.`,
    mend: 'Fetch the model file again; if it happens with a good file too, report it with the output of --verbose.',
  });
}

/** An exception's name and place, never its values: those may hold a customer's words. */
function describeProblem(problem: unknown): string {
  if (!(problem instanceof Error)) return 'an exception that is no Error';
  return `${problem.name} ${problem.stack?.split('\n').slice(1, 4).join(' ').trim() ?? ''}`;
}
