import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplicaStateEvent } from '@rerig/api/agent';
import { FaultError, isFault } from '@rerig/domain/fault';
import { checkStoredLedger, withKeyBook } from '@rerig/server/server';
import { z } from 'zod';
import { type RunningProgram, startOwnProgram } from '../processes/child-program.ts';

/** A replica as the benchmark's stand-in for an agent reports it. */
export type ReplicaNews = Pick<ReplicaStateEvent, 'replicaId' | 'state'> &
  Partial<Pick<ReplicaStateEvent, 'listen' | 'model' | 'contextTokens' | 'parallelCount'>>;

/** What stands in PostgreSQL of all requests so far, charged by the month's sums, which the ledger's check proves. */
export interface Books {
  readonly requestCount: number;
  readonly completionTokens: number;
  readonly ledgerErrorCount: number;
  readonly unchargedRequestCount: number;
  readonly openHoldCount: number;
}

/** The real exchange in a process of its own, on a data folder of its own. */
export interface RunningExchange {
  readonly program: RunningProgram;
  readonly port: number;
  readonly apiKey: string;
  readonly dataFolder: string;
  /** Tells it of a replica; resolves once that is applied. */
  readonly report: (news: ReplicaNews) => Promise<void>;
  /** Has it charge all that is metered, and reads the rows in PostgreSQL that say so. */
  readonly readBooks: () => Promise<Books>;
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
    readBooks: async () => {
      await program.ask('charge');
      return readBooksOf(dataFolder);
    },
    stop: program.stop,
    removeFolder: () => rmSync(dataFolder, { recursive: true, force: true }),
  };
}

async function readBooksOf(dataFolder: string): Promise<Books> {
  const ledger = await checkStoredLedger(dataFolder);
  if (isFault(ledger)) throw new FaultError(ledger);
  const keys = await withKeyBook(dataFolder, (book) => book.list());
  if (isFault(keys)) throw new FaultError(keys);
  return {
    requestCount: keys.reduce((sum, key) => sum + key.requestCount, 0),
    completionTokens: keys.reduce((sum, key) => sum + key.completionTokens, 0),
    ledgerErrorCount: ledger.errors.length,
    unchargedRequestCount: ledger.unchargedRequestCount,
    openHoldCount: ledger.openHoldCount,
  };
}
