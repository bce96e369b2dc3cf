import { join } from 'node:path';
import { z } from 'zod';
import type { LoadPlan, LoadResult } from '../load/closed-loop.ts';
import { hasPortkey, portkeyHeaders, startPortkey } from '../peers/portkey.ts';
import { type RunningProgram, startOwnProgram } from '../processes/child-program.ts';
import { type Books, startExchange } from './running-exchange.ts';

export type TargetName = 'direct' | 'bare' | 'portkey' | 'ours';

/** Something that a load is sent to: the upstream itself, or what stands before it. */
export interface Target {
  readonly name: TargetName;
  readonly pid: number;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The upstream with everything before it, and a load generator, each a process of its own. */
export interface Targets {
  readonly all: readonly Target[];
  readonly isPortkeyThere: boolean;
  readonly generatorPid: number;
  /** What our exchange has metered and charged so far. */
  readonly readBooks: () => Promise<Books>;
  /** Sends one plan's load to a target. */
  readonly load: (target: Target, plan: Omit<LoadPlan, 'port' | 'path' | 'headers'>) => Promise<LoadResult>;
}

/** The name under which the upstream is served. */
export const UPSTREAM_MODEL = 'upstream';

const LOAD_PROGRAM = join(import.meta.dirname, '../load/load-program.ts');
const UPSTREAM_PROGRAM = join(import.meta.dirname, '../load/upstream-program.ts');
const BARE_RELAY = join(import.meta.dirname, '../peers/bare-relay.ts');
const portSchema = z.object({ port: z.int() });
const REPLICA_PARALLEL_COUNT = 256;

/** Starts all of it for an upstream of so many events a stream; `opened` ends it. */
export async function openTargets(
  events: { readonly perStreamCount: number; readonly pauseMs: number | null },
  opened: AsyncDisposableStack,
): Promise<Targets> {
  const keep = (program: RunningProgram) => {
    opened.defer(program.stop);
    return program;
  };
  const portOf = (program: RunningProgram) => portSchema.parse(JSON.parse(program.firstLine)).port;
  const { perStreamCount, pauseMs } = events;
  const upstream = keep(
    await startOwnProgram(UPSTREAM_PROGRAM, String(perStreamCount), pauseMs === null ? 'none' : String(pauseMs)),
  );
  const upstreamPort = portOf(upstream);
  const bare = keep(await startOwnProgram(BARE_RELAY, String(upstreamPort)));
  const generator = keep(await startOwnProgram(LOAD_PROGRAM));
  const all: Target[] = [
    { name: 'direct', pid: upstream.pid, port: upstreamPort, headers: {} },
    { name: 'bare', pid: bare.pid, port: portOf(bare), headers: {} },
  ];
  if (hasPortkey()) {
    const { program, port } = await startPortkey();
    all.push({ name: 'portkey', pid: keep(program).pid, port, headers: portkeyHeaders(upstreamPort) });
  }
  const ours = await startOurs(upstreamPort, opened);
  all.push(ours.target);
  return {
    all,
    isPortkeyThere: hasPortkey(),
    generatorPid: generator.pid,
    readBooks: ours.readBooks,
    load: async (target, plan) => {
      const { port, headers } = target;
      const whole: LoadPlan = {
        ...plan,
        port,
        path: '/v1/chat/completions',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sk-peer', ...headers },
      };
      return parseResult(await generator.ask(JSON.stringify(whole)));
    },
  };
}

async function startOurs(upstreamPort: number, opened: AsyncDisposableStack) {
  const exchange = await startExchange(UPSTREAM_MODEL);
  opened.defer(async () => {
    await exchange.stop();
    exchange.removeFolder();
  });
  await exchange.report({
    replicaId: 'replica-1',
    state: 'ready',
    listen: `127.0.0.1:${upstreamPort}`,
    model: UPSTREAM_MODEL,
    contextTokens: 4096,
    parallelCount: REPLICA_PARALLEL_COUNT,
  });
  const target: Target = {
    name: 'ours',
    pid: exchange.program.pid,
    port: exchange.port,
    headers: { authorization: `Bearer ${exchange.apiKey}` },
  };
  return { target, readBooks: exchange.readBooks };
}

function parseResult(line: string): LoadResult {
  return JSON.parse(line) as LoadResult;
}
