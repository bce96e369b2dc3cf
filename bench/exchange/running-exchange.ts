import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplicaStateEvent } from '@rerig/api/agent';
import { z } from 'zod';
import { type RunningProgram, startOwnProgram } from '../processes/child-program.ts';

/** A replica as the benchmark's stand-in for an agent reports it. */
export type ReplicaNews = Pick<ReplicaStateEvent, 'replicaId' | 'state'> &
  Partial<Pick<ReplicaStateEvent, 'listen' | 'model' | 'contextTokens' | 'parallelCount'>>;

/** The real exchange in a process of its own, on a data folder of its own. */
export interface RunningExchange {
  readonly program: RunningProgram;
  readonly port: number;
  readonly apiKey: string;
  readonly dataFolder: string;
  /** Tells it of a replica; resolves once that is applied. */
  readonly report: (news: ReplicaNews) => Promise<void>;
  /** Ends the process and keeps the folder, to be checked. */
  readonly stop: () => Promise<void>;
  /** Removes what it stored. */
  readonly removeFolder: () => void;
}

const PROGRAM = join(import.meta.dirname, 'exchange-program.ts');
const readySchema = z.object({ port: z.int(), apiKey: z.string() });

/** Starts the exchange for a customer who has a lease on one model. */
export async function startExchange(model: string): Promise<RunningExchange> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-bench-'));
  const program = await startOwnProgram(PROGRAM, dataFolder, model);
  const { port, apiKey } = readySchema.parse(JSON.parse(program.firstLine));
  const agentBootId = randomUUID();
  let sequence = 0;
  return {
    program,
    port,
    apiKey,
    dataFolder,
    report: async (news) => {
      sequence += 1;
      const envelope = { eventId: `${agentBootId}-${sequence}`, agentBootId, sequence };
      const event = {
        ...envelope,
        occurredAt: new Date().toISOString(),
        kind: 'replica-state',
        cardId: news.replicaId,
      };
      await program.ask(JSON.stringify({ ...event, ...news }));
    },
    stop: program.stop,
    removeFolder: () => rmSync(dataFolder, { recursive: true, force: true }),
  };
}
