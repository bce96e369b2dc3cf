import { parseArgs } from 'node:util';
import { isFault } from '@rerig/domain/fault';
import { type ForeignFault, foreignFault } from './faults.ts';

const DOORS = ['chat', 'completions', 'embeddings'] as const;
type Door = (typeof DOORS)[number];

/** Which server is watched, and what is said of it where it does not say so itself. */
export interface ForeignServerOptions {
  /** The name that customers ask for. */
  readonly modelName: string;
  /** Its origin and the path before `/v1`, without a slash at the end; null where the command's port decides. */
  readonly address: string | null;
  /** Starts it; empty where it runs already. `{port}` in it becomes a free port. */
  readonly command: readonly string[];
  /** Its own name for the model; null: found by `modelName`, or the only one. */
  readonly upstreamModel: string | null;
  /** Requests answered at once; null: as it says itself, else 8. */
  readonly parallelCount: number | null;
  /** Tokens of one request; null: as it says itself, else 4096. */
  readonly contextTokens: number | null;
  readonly doors: readonly Door[];
  /** Whether the end of stdin ends us and what we started, and a server that fails ends us too. */
  readonly exitWithParent: boolean;
}

/** What `--help` prints. */
export const FOREIGN_SERVER_HELP = `Makes a replica of any OpenAI-compatible server: vLLM, llama-server, Ollama, TGI.

  node model-server/foreign-server/main.ts --name NAME --server URL [options]
  node model-server/foreign-server/main.ts --name NAME [options] -- COMMAND …

  --name NAME            the name that customers ask for
  --server URL           where it listens: http://127.0.0.1:11434
  --upstream-model NAME  its own name for the model (the same, or its only one)
  --parallel COUNT       requests that it answers at once (as it says, else 8)
  --context TOKENS       of one request (as it says, else 4096)
  --doors LIST           of chat, completions, embeddings (chat,completions)
  --exit-with-parent     end when stdin ends, and when the server fails

{port} in COMMAND becomes a free port of 127.0.0.1; without it, --server says where it listens. The command's
whole process group is ended with us. A container: podman run --rm -p {port}:8000 IMAGE …

On stdout, one JSON line an event: loading, ready, unhealthy, failed. Exit code 0: done; 1: a fault; 2: wrong usage.
`;

/** Reads the command line; refuses what it does not know. */
export function parseForeignServerArguments(values: readonly string[]): ForeignServerOptions | 'help' | ForeignFault {
  const end = values.indexOf('--');
  const command = end < 0 ? [] : values.slice(end + 1);
  const flags = parseFlags(end < 0 ? values : values.slice(0, end));
  if (isFault(flags)) return flags;
  if (flags.help) return 'help';
  const { name, server, parallel, context } = flags;
  if (name === undefined || name.length < 1 || name.length > 256) return wrong('--name is missing, or too long.');
  if (end >= 0 && (command[0] ?? '') === '') return wrong('No command follows --.');
  const takesPort = command.some((part) => part.includes('{port}'));
  if (takesPort === (server !== undefined)) {
    return wrong('Either --server says where it listens, or {port} in a command after --.');
  }
  const address = server === undefined ? null : addressOf(server);
  if (address === undefined) return wrong(`--server ${JSON.stringify(server)} is no http:// or https:// address.`);
  const doors = flags.doors.split(',').flatMap((door) => DOORS.filter((each) => each === door));
  if (doors.length !== flags.doors.split(',').length) return wrong(`--doors ${flags.doors}: only ${DOORS.join(', ')}.`);
  const parallelCount = countOf(parallel);
  const contextTokens = countOf(context);
  if (parallelCount === undefined || contextTokens === undefined) {
    return wrong('--parallel and --context are whole numbers from 1 to 10,000,000.');
  }
  const upstreamModel = flags['upstream-model'] ?? null;
  const exitWithParent = flags['exit-with-parent'];
  return { modelName: name, address, command, upstreamModel, parallelCount, contextTokens, doors, exitWithParent };
}

function parseFlags(values: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    return parseArgs({
      args: [...values],
      options: {
        name: text,
        server: text,
        'upstream-model': text,
        parallel: text,
        context: text,
        doors: { type: 'string', default: 'chat,completions' },
        'exit-with-parent': flag,
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

/** `http://host:1/openai/v1/` → `http://host:1/openai`; undefined for what is no such address. */
function addressOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, pathname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return `${origin}${pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Null for nothing, undefined for what is no count. */
function countOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return null;
  const count = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= 10_000_000 ? count : undefined;
}

function wrong(why: string): ForeignFault {
  return foreignFault('wrong_options', {
    what: 'The command line for another server is not accepted.',
    why,
    mend: 'See rerig serve-model --help.',
  });
}
