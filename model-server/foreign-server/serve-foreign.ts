import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { isFault } from '@rerig/domain/fault';
import { askFacts, askHealth, type ForeignFacts } from './ask-server.ts';
import { type CommandProcess, startCommand } from './command-process.ts';
import { type ForeignFault, foreignFault } from './faults.ts';
import type { ForeignServerOptions } from './options.ts';

/** What is told on stdout, one JSON line each: as our model server says it, and `unhealthy` of one that is only watched. */
export type ForeignServerEvent =
  | { readonly event: 'loading'; readonly model: string }
  | {
      readonly event: 'ready';
      /** Its origin: `http://127.0.0.1:11434`. */
      readonly listen: string;
      readonly model: string;
      readonly contextTokens: number;
      readonly parallelCount: number;
      readonly doors: ForeignServerOptions['doors'];
      readonly serverKind: 'other';
      readonly upstreamModel: string;
      readonly pathPrefix: string;
      /** From our start, or since it failed, until it answered. */
      readonly loadMs: number;
    }
  | { readonly event: 'unhealthy'; readonly fault: ForeignFault }
  | { readonly event: 'failed'; readonly fault: ForeignFault };

/** Where the watcher speaks and what ends it. */
export interface ForeignServerStreams {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Watched with `exitWithParent`: its end ends the server that we started. */
  readonly stdin: Readable;
  readonly stop: AbortSignal;
}

const PARALLEL_COUNT = 8;
const CONTEXT_TOKENS = 4096;
const STARTING_TURN_MS = 250;
const HEALTH_TURN_MS = 1000;
/** One lost answer may be a busy moment. With the time of an answer, a hang is told within 12 s and a death within 3. */
const PROBLEMS_MAX = 3;
/** A server that runs elsewhere may come back within a day; one that we start is ready within an hour. */
const WATCHED_READY_MS_MAX = 86_400_000;
const STARTED_READY_MS_MAX = 3_600_000;

/**
 * Watches another server until it is told to stop, and starts it first where a command is given; gives the exit code: 0
 * when told to stop, 1 after a fault, which is told on `stdout`.
 */
export async function serveForeignServer(
  options: ForeignServerOptions,
  streams: ForeignServerStreams,
): Promise<number> {
  const say = (event: ForeignServerEvent) => void streams.stdout.write(`${JSON.stringify(event)}\n`);
  for (const stream of [streams.stdout, streams.stderr]) stream.on('error', () => undefined);
  say({ event: 'loading', model: options.modelName });
  const command = options.command.length === 0 ? null : await startCommand(options.command, streams.stderr);
  const fault = isFault(command) ? command : await watchOne(options, streams, command, say);
  if (fault === null) return 0;
  say({ event: 'failed', fault });
  streams.stderr.write(`${fault.what} ${fault.why} ${fault.mend}\n`);
  return 1;
}

async function watchOne(
  options: ForeignServerOptions,
  { stop, stdin }: ForeignServerStreams,
  command: CommandProcess | null,
  say: (event: ForeignServerEvent) => void,
): Promise<ForeignFault | null> {
  const over = new AbortController();
  let why: 'stopped' | ForeignFault = 'stopped';
  const end = () => over.abort();
  if (stop.aborted) end();
  stop.addEventListener('abort', end, { once: true });
  if (options.exitWithParent) {
    for (const event of ['end', 'close', 'error']) stdin.once(event, end);
    stdin.resume();
  }
  void command?.ended.then((how) => {
    if (!over.signal.aborted) why = commandEnded(options, how);
    end();
  });
  try {
    const watch = new Watch(options, command?.address ?? options.address ?? '', say, over.signal);
    const fault = await watch.run(command !== null);
    return over.signal.aborted ? (why === 'stopped' ? null : why) : fault;
  } finally {
    stop.removeEventListener('abort', end);
    await command?.end();
  }
}

/** The watch over one server. */
class Watch {
  readonly #options: ForeignServerOptions;
  readonly #address: string;
  readonly #say: (event: ForeignServerEvent) => void;
  readonly #over: AbortSignal;

  constructor(
    options: ForeignServerOptions,
    address: string,
    say: (event: ForeignServerEvent) => void,
    over: AbortSignal,
  ) {
    this.#options = options;
    this.#address = address;
    this.#say = say;
    this.#over = over;
  }

  /** Ends with a fault, or with null once it is over. */
  async run(isStarted: boolean): Promise<ForeignFault | null> {
    for (;;) {
      const readyMsMax = isStarted ? STARTED_READY_MS_MAX : WATCHED_READY_MS_MAX;
      const late = await this.#untilReady(readyMsMax);
      if (late !== null || this.#over.aborted) return late;
      const fault = await this.#untilUnhealthy();
      if (fault === null || isStarted || this.#options.exitWithParent) return fault;
      this.#say({ event: 'unhealthy', fault });
    }
  }

  async #untilReady(limitMs: number): Promise<ForeignFault | null> {
    const sinceMs = performance.now();
    for (;;) {
      const problem = await askHealth(this.#address);
      if (this.#over.aborted) return null;
      if (problem === null) {
        const facts = await askFacts(this.#address);
        const upstreamModel = findModel(this.#options, facts.models);
        if (upstreamModel === null) return modelNotServed(this.#options, this.#address, facts.models ?? []);
        this.#sayReady(facts, upstreamModel, performance.now() - sinceMs);
        return null;
      }
      if (performance.now() - sinceMs > limitMs) return notReady(this.#address, limitMs, problem);
      await this.#pause(STARTING_TURN_MS);
    }
  }

  #sayReady(facts: ForeignFacts, upstreamModel: string, loadMs: number): void {
    const { modelName, doors } = this.#options;
    const { origin, pathname } = new URL(this.#address);
    this.#say({
      event: 'ready',
      listen: origin,
      model: modelName,
      contextTokens: this.#options.contextTokens ?? facts.contextTokens ?? CONTEXT_TOKENS,
      parallelCount: this.#options.parallelCount ?? facts.parallelCount ?? PARALLEL_COUNT,
      doors,
      serverKind: 'other',
      upstreamModel,
      pathPrefix: pathname === '/' ? '' : pathname,
      loadMs: Math.round(loadMs),
    });
  }

  async #untilUnhealthy(): Promise<ForeignFault | null> {
    let problemCount = 0;
    for (;;) {
      await this.#pause(HEALTH_TURN_MS);
      if (this.#over.aborted) return null;
      const problem = await askHealth(this.#address);
      if (this.#over.aborted) return null;
      problemCount = problem === null ? 0 : problemCount + 1;
      if (problem !== null && problemCount >= PROBLEMS_MAX) return unhealthy(this.#address, problem);
    }
  }

  async #pause(ms: number): Promise<void> {
    // The end of the watch ends the pause, and is looked at by the caller.
    await wait(ms, undefined, { signal: this.#over }).catch(() => undefined);
  }
}

/** The server's own name for the model: as given, of the same name, of that name with a tag (Ollama), or its only one. */
function findModel(
  { modelName, upstreamModel }: ForeignServerOptions,
  models: readonly string[] | null,
): string | null {
  if (models === null) return upstreamModel ?? modelName;
  const wanted = upstreamModel ?? modelName;
  if (models.includes(wanted)) return wanted;
  const tagged = models.filter((model) => model.startsWith(`${wanted}:`));
  const [first] = tagged.includes(`${wanted}:latest`) ? [`${wanted}:latest`] : tagged;
  if (first !== undefined) return first;
  const [only] = models;
  return upstreamModel === null && models.length === 1 && only !== undefined ? only : null;
}

function commandEnded({ command }: ForeignServerOptions, how: string): ForeignFault {
  return foreignFault('command_ended', {
    what: `The server ${command[0]} has ended by itself.`,
    why: `Its process ended ${how}; what it wrote stands in the log.`,
    mend: 'Look into the log; it is started again where an agent watches over it.',
  });
}

function notReady(address: string, limitMs: number, problem: string): ForeignFault {
  return foreignFault('server_not_ready', {
    what: `The server at ${address} was not ready within ${Math.round(limitMs / 60_000)} minutes.`,
    why: `The last time: ${problem}.`,
    mend: 'See whether it runs, and listens there.',
  });
}

function unhealthy(address: string, problem: string): ForeignFault {
  return foreignFault('server_unhealthy', {
    what: `The server at ${address} no longer answers.`,
    why: `${PROBLEMS_MAX} times in a row, the last: ${problem}.`,
    mend: 'See whether it runs; once it answers again it is used again.',
  });
}

function modelNotServed(
  { modelName, upstreamModel }: ForeignServerOptions,
  address: string,
  models: readonly string[],
): ForeignFault {
  return foreignFault('model_not_served', {
    what: `The server at ${address} does not serve ${upstreamModel ?? modelName}.`,
    why: `It serves ${models.slice(0, 10).join(', ') || 'nothing'}${models.length > 10 ? ', …' : ''}.`,
    mend: 'Name one of these with --upstream-model, or load the model there.',
  });
}
