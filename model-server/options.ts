import { parseArgs } from 'node:util';
import { isFault } from '@rerig/domain/fault';
import { type ServeFault, serveFault } from './faults.ts';
import { type ListenAddress, parseListenAddress } from './http/listen-address.ts';
import { threadsMax } from './llama/loaded-model.ts';
import type { AdapterFile, EmbeddingPooling } from './llama/open-model.ts';
import { parseRoute, ROUTES, type Route } from './llama/routes.ts';

/** Most characters of a model's name in OpenAI's requests, as api/openai has it. */
const NAME_CHARACTERS_MAX = 256;

/** How a model is served. */
export interface ServeModelOptions {
  /** A whole GGUF file. */
  readonly modelPath: string;
  /** The only model name that requests may ask for; `undefined` serves every name, as there is one model. */
  readonly modelName: string | undefined;
  readonly listen: ListenAddress;
  readonly route: Route;
  /** Cards, by the route's name for them or their PCI address; empty for the only one. Layers are split over several. */
  readonly cards: readonly string[];
  /** Requests that generate at once, 1 to 256; `undefined` for as many up to 8 as fit. */
  readonly parallelCount: number | undefined;
  /** Tokens of one request, prompt and answer; `undefined` for the most that fit, without a bound at most 4096. */
  readonly contextTokens: number | undefined;
  /** Tokens of one step, at least `parallelCount`. */
  readonly batchTokensMax: number;
  /** Prompt tokens of a step: the longest that a short prompt waits for a long one. */
  readonly promptTokensMax: number;
  /** Requests that may wait for a slot. */
  readonly waitingMax: number;
  /** Threads that compute, 1 to cores − 1. */
  readonly threadCount: number;
  /** Bytes that weights, cache and buffers may take, beside what the card has; `undefined` for no further bound. */
  readonly memoryLimitBytes: number | undefined;
  /** LoRA adapters that a request may ask for by name. */
  readonly adapters: readonly AdapterFile[];
  /** Makes a model that writes text give vectors too; a model that is made for vectors gives them anyway. */
  readonly embeddings: EmbeddingPooling | undefined;
  /** A folder with a build of llama.cpp for this machine, or `npm` for the one from npm; `undefined` for the best there is. */
  readonly llamaBuild: string | undefined;
  /** The CPU variant of the build from npm (`sse42`); `undefined` for the best that this processor has. */
  readonly cpuVariant: string | undefined;
  /** Whether what this machine computes in the golden check is recorded for others, instead of compared. */
  readonly writesGolden: boolean;
  /** Whether the end of stdin ends the server at once. */
  readonly exitWithParent: boolean;
  /** Whether llama.cpp's own lines go to stderr. */
  readonly verbose: boolean;
}

/** What `--help` prints: every flag with its unit and, in brackets, what it is where it is not given. */
export const SERVE_MODEL_HELP = `Serves one GGUF model on one card (or processor), OpenAI-compatible, with
continuous batching.

  node model-server/main.ts --model FILE --listen ADDRESS [options]

  --model FILE           a whole GGUF file of a language model
  --listen ADDRESS       unix:/path.sock, or 127.0.0.1:8080 (port 0: any free
                         one)
  --name NAME            the only model name that is served (else any name is)
  --route ROUTE          what computes: cpu, vulkan or cuda (cpu)
  --device CARD          with vulkan or cuda: the card, as Vulkan0, CUDA0 or
                         0000:c1:00.0 (the only one); given again: one more
                         card, over which whole layers are split
  --parallel COUNT       requests that generate at once (as many up to 8 as fit
                         the card)
  --context TOKENS       of one request, prompt and answer (the largest that
                         fits the card; on the processor the trained one, at
                         most 4096)
  --lora NAME=FILE       a LoRA adapter that requests may ask for; may be given
                         again
  --embeddings POOLING   give vectors too: mean, cls or last (as the file says)
  --batch TOKENS         of one step (512)
  --prompt-chunk TOKENS  most prompt tokens of a step in which others write:
                         fewer where they take over 0.6 s (512)
  --queue COUNT          requests that may wait (64)
  --threads COUNT        that compute (cores − 1, which is also the most)
  --memory-limit BYTES   that weights, cache and buffers may take (what the card
                         has free)
  --llama-build FOLDER   a build of llama.cpp v0.5.0 for this machine, or npm
                         (RERIG_LLAMA_BUILD, else the one that bench/ built,
                         else npm's)
  --cpu-variant NAME     of npm's build: sse42, haswell, zen4, … (the best that
                         runs here)
  --write-golden         record this machine's golden output in
                         FILE.golden.json, for others to compare
  --exit-with-parent     end when stdin ends
  --verbose              llama.cpp's own lines on stderr

On stdout, one JSON line an event: {"event":"loading",…}, {"event":"ready",…},
{"event":"failed","fault":{…}}.
Exit code 0: done; 1: a fault, told on stdout; 2: wrong usage.

  node model-server/main.ts --model tiny.gguf --listen 127.0.0.1:8080
  curl http://127.0.0.1:8080/v1/chat/completions \\
    -d '{"model":"tiny","messages":[{"role":"user","content":"Hi"}]}'
`;

/** Reads the command line; refuses what it does not know and every number out of range. */
export function parseServeModelArguments(values: readonly string[]): ServeModelOptions | 'help' | ServeFault {
  const flags = parseFlags(values);
  if (isFault(flags)) return flags;
  if (flags.help) return 'help';
  const { model, listen, name } = flags;
  if (model === undefined) return wrong('--model is missing.');
  const address = listen === undefined ? undefined : parseListenAddress(listen);
  if (!address) return wrong(`--listen is ${JSON.stringify(listen ?? '')}, not unix:/path.sock or host:port.`);
  const route = parseRoute(flags.route);
  if (!route) return wrong(`--route is ${JSON.stringify(flags.route)}, not one of ${ROUTES.join(', ')}.`);
  if (name !== undefined && !(name.length >= 1 && name.length <= NAME_CHARACTERS_MAX)) {
    return wrong(`--name has ${name.length} characters, and a request's model 1 to ${NAME_CHARACTERS_MAX}.`);
  }
  const adapters = parseAdapters(flags.lora);
  if (isFault(adapters)) return adapters;
  const embeddings = POOLINGS.find((pooling) => pooling === flags.embeddings);
  if (flags.embeddings !== undefined && embeddings === undefined) {
    return wrong(`--embeddings is ${JSON.stringify(flags.embeddings)}, not one of ${POOLINGS.join(', ')}.`);
  }
  const numbers = parseNumbers(flags);
  if (isFault(numbers)) return numbers;
  const { parallel, batch } = numbers;
  if (batch < parallel) return wrong(`--batch is ${batch}, below --parallel ${parallel}.`);
  return {
    modelPath: model,
    modelName: name,
    listen: address,
    route,
    cards: flags.device ?? [],
    parallelCount: flags.parallel === undefined ? undefined : parallel,
    contextTokens: flags.context === undefined ? undefined : numbers.context,
    batchTokensMax: batch,
    promptTokensMax: numbers['prompt-chunk'],
    waitingMax: numbers.queue,
    threadCount: numbers.threads,
    memoryLimitBytes: flags['memory-limit'] === undefined ? undefined : numbers['memory-limit'],
    adapters,
    embeddings,
    llamaBuild: flags['llama-build'] ?? process.env.RERIG_LLAMA_BUILD,
    cpuVariant: flags['cpu-variant'],
    writesGolden: flags['write-golden'],
    exitWithParent: flags['exit-with-parent'],
    verbose: flags.verbose,
  };
}

const POOLINGS: readonly EmbeddingPooling[] = ['mean', 'cls', 'last'];
/** Most LoRA adapters: each stays in the card's memory. */
const ADAPTERS_MAX = 32;

function parseAdapters(values: readonly string[] = []): readonly AdapterFile[] | ServeFault {
  const adapters: AdapterFile[] = [];
  for (const value of values) {
    const match = /^([^=]{1,256})=(.+)$/.exec(value);
    const [, name, path] = match ?? [];
    if (name === undefined || path === undefined) return wrong(`--lora is ${JSON.stringify(value)}, not NAME=FILE.`);
    if (adapters.some((adapter) => adapter.name === name)) return wrong(`--lora names ${JSON.stringify(name)} twice.`);
    adapters.push({ name, path });
  }
  return adapters.length > ADAPTERS_MAX
    ? wrong(`--lora is given ${adapters.length} times, past ${ADAPTERS_MAX}.`)
    : adapters;
}

function parseFlags(values: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    return parseArgs({
      args: [...values],
      options: {
        model: text,
        name: text,
        listen: text,
        route: { type: 'string', default: 'cpu' },
        device: { type: 'string', multiple: true },
        lora: { type: 'string', multiple: true },
        embeddings: text,
        parallel: text,
        context: text,
        batch: { type: 'string', default: '512' },
        'prompt-chunk': { type: 'string', default: '512' },
        queue: { type: 'string', default: '64' },
        threads: { type: 'string', default: String(threadsMax()) },
        'memory-limit': text,
        'llama-build': text,
        'cpu-variant': text,
        'write-golden': flag,
        'exit-with-parent': flag,
        verbose: flag,
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

type NumberFlag = 'parallel' | 'context' | 'batch' | 'prompt-chunk' | 'queue' | 'threads' | 'memory-limit';

function parseNumbers(flags: Partial<Record<NumberFlag, string>>): Record<NumberFlag, number> | ServeFault {
  const ranges: Record<NumberFlag, readonly [number, number]> = {
    parallel: [1, 256],
    context: [16, 1_048_576],
    batch: [32, 8192],
    'prompt-chunk': [1, 8192],
    queue: [0, 65_536],
    threads: [1, threadsMax()],
    'memory-limit': [1, Number.MAX_SAFE_INTEGER],
  };
  const numbers = { parallel: 0, context: 0, batch: 0, 'prompt-chunk': 0, queue: 0, threads: 0, 'memory-limit': 0 };
  for (const name of NUMBER_FLAGS) {
    const text = flags[name];
    if (text === undefined) continue;
    const [low, high] = ranges[name];
    const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= low && number <= high)) {
      return wrong(`--${name} is ${JSON.stringify(text)}, not a whole number from ${low} to ${high}.`);
    }
    numbers[name] = number;
  }
  return numbers;
}

const NUMBER_FLAGS: readonly NumberFlag[] = [
  'parallel',
  'context',
  'batch',
  'prompt-chunk',
  'queue',
  'threads',
  'memory-limit',
];

function wrong(why: string): ServeFault {
  return serveFault('wrong_options', {
    what: "The model server's command line is not accepted.",
    why,
    mend: 'See node model-server/main.ts --help.',
  });
}
