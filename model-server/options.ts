import { parseArgs } from 'node:util';
import { isFault } from '@rerig/domain/fault';
import { type ServeFault, serveFault } from './faults.ts';
import { type ListenAddress, parseListenAddress } from './http/listen-address.ts';
import { threadsMax } from './llama/loaded-model.ts';
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
  /** The card, by the route's name for it or its PCI address; `undefined` for the only one. */
  readonly card: string | undefined;
  /** Requests that generate at once, 1 to 256. */
  readonly parallelCount: number;
  /** Tokens of one request, prompt and answer; `undefined` for the trained context, at most 4096. */
  readonly contextTokens: number | undefined;
  /** Tokens of one step, at least `parallelCount`. */
  readonly batchTokensMax: number;
  /** Prompt tokens of a step in which others generate. */
  readonly promptTokensMax: number;
  /** Requests that may wait for a slot. */
  readonly waitingMax: number;
  /** Threads that compute, 1 to cores − 1. */
  readonly threadCount: number;
  /** Bytes that weights and cache may take; `undefined` for no bound. */
  readonly memoryLimitBytes: number | undefined;
  /** Whether the end of stdin ends the server at once. */
  readonly exitWithParent: boolean;
  /** Whether llama.cpp's own lines go to stderr. */
  readonly verbose: boolean;
}

/** What `--help` prints: every flag with its unit and, in brackets, what it is where it is not given. */
export const SERVE_MODEL_HELP = `Serves one GGUF model on one card (or processor), OpenAI-compatible, with continuous batching.

  node model-server/main.ts --model FILE --listen ADDRESS [options]

  --model FILE           a whole GGUF file of a language model
  --listen ADDRESS       unix:/path.sock, or 127.0.0.1:8080 (port 0: any free one)
  --name NAME            the only model name that is served (else any name is)
  --route ROUTE          what computes: cpu, vulkan or cuda (cpu)
  --device CARD          with vulkan or cuda: the card, as Vulkan0, CUDA0 or 0000:c1:00.0 (the only one)
  --parallel COUNT       requests that generate at once (8)
  --context TOKENS       of one request, prompt and answer (the trained context, at most 4096)
  --batch TOKENS         of one step (512)
  --prompt-chunk TOKENS  prompt tokens of a step in which others generate (128)
  --queue COUNT          requests that may wait (64)
  --threads COUNT        that compute (cores − 1, which is also the most)
  --memory-limit BYTES   that weights and cache may take
  --exit-with-parent     end when stdin ends
  --verbose              llama.cpp's own lines on stderr

On stdout, one JSON line an event: {"event":"loading",…}, {"event":"ready",…}, {"event":"failed","fault":{…}}.
Exit code 0: done; 1: a fault, told on stdout; 2: wrong usage.

  node model-server/main.ts --model tiny.gguf --listen 127.0.0.1:8080
  curl http://127.0.0.1:8080/v1/chat/completions -d '{"model":"tiny","messages":[{"role":"user","content":"Hi"}]}'
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
  const numbers = parseNumbers(flags);
  if (isFault(numbers)) return numbers;
  const { parallel, batch } = numbers;
  if (batch < parallel) return wrong(`--batch is ${batch}, below --parallel ${parallel}.`);
  return {
    modelPath: model,
    modelName: name,
    listen: address,
    route,
    card: flags.device,
    parallelCount: parallel,
    contextTokens: flags.context === undefined ? undefined : numbers.context,
    batchTokensMax: batch,
    promptTokensMax: numbers['prompt-chunk'],
    waitingMax: numbers.queue,
    threadCount: numbers.threads,
    memoryLimitBytes: flags['memory-limit'] === undefined ? undefined : numbers['memory-limit'],
    exitWithParent: flags['exit-with-parent'],
    verbose: flags.verbose,
  };
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
        device: text,
        parallel: { type: 'string', default: '8' },
        context: text,
        batch: { type: 'string', default: '512' },
        'prompt-chunk': { type: 'string', default: '128' },
        queue: { type: 'string', default: '64' },
        threads: { type: 'string', default: String(threadsMax()) },
        'memory-limit': text,
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
