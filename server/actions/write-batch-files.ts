import type { BatchResult } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { FileStore } from '@rerig/gateway/gateway';
import type pg from 'pg';
import { type LineResult, readLineResults, removeBatchLines } from '../store/batch-line-rows.ts';
import { applyBatchEvent, type BatchAtWork, keepBatchTurn } from '../store/batch-rows.ts';
import { resultIdOf } from './validate-batch.ts';

/** What writing needs beside the batch. */
export interface WritingParts {
  readonly pool: pg.Pool;
  readonly files: FileStore;
  readonly turnId: string;
  readonly leaseMs: number;
}

/** Results that are read in one statement. */
const LINES_AT_ONCE = 100;
/** How long the files of a batch are kept, as the vendor's are. */
const FILES_KEPT_MS = 30 * 24 * 60 * 60_000;

/**
 * Writes what came of a batch into its files, and ends it. Lines without a result are in the error file: the window, or
 * the customer, ended them. Doing it twice changes nothing: the files' ids are the batch's own.
 */
export async function writeBatchFiles(batch: BatchAtWork, parts: WritingParts): Promise<Fault | null> {
  const outputFileId = await writeFile(batch, parts, 'output');
  if (isFault(outputFileId)) return outputFileId;
  const errorFileId = await writeFile(batch, parts, 'error');
  if (isFault(errorFileId)) return errorFileId;
  const isWritten = batch.status === 'finalizing' || batch.status === 'cancelling';
  const change = { turnId: parts.turnId, outputFileId, errorFileId };
  const isEnded = await applyBatchEvent(parts.pool, batch.batchId, isWritten ? 'written' : 'window-ended', change);
  // Its results are in the files. Lines that a crash leaves here are swept later.
  if (isEnded) await removeBatchLines(parts.pool, batch.batchId);
  return null;
}

/** Gives the file's id, null where no line belongs into it. */
async function writeFile(
  batch: BatchAtWork,
  { pool, files, turnId, leaseMs }: WritingParts,
  kind: 'output' | 'error',
): Promise<string | null | Fault> {
  const isCompleted = kind === 'output';
  const first = await readLineResults(pool, batch.batchId, { isCompleted, afterLineNumber: 0, lineCount: 1 });
  if (first.length === 0) return null;
  const fileId = `file-${batch.batchId.replace(/^batch_/, '')}-${kind}`;
  const filename = `${batch.batchId}_${kind}.jsonl`;
  const file = { fileId, purpose: 'batch_output', filename } as const;
  const seal = async () => ({ expiresAtMs: Date.now() + FILES_KEPT_MS });
  const kept = await files.keep(batch.organisationId, file, readResults(), seal);
  return isFault(kept) ? kept : fileId;

  async function* readResults(): AsyncGenerator<Uint8Array> {
    let afterLineNumber = 0;
    for (;;) {
      const page = { isCompleted, afterLineNumber, lineCount: LINES_AT_ONCE };
      const lines = await readLineResults(pool, batch.batchId, page);
      const last = lines.at(-1);
      if (last === undefined) return;
      yield Buffer.from(lines.map((line) => `${line.result ?? unfinished(batch, line)}\n`).join(''));
      afterLineNumber = last.lineNumber;
      await keepBatchTurn(pool, turnId, leaseMs);
    }
  }
}

function unfinished(batch: BatchAtWork, { lineNumber, customId }: LineResult): string {
  const error =
    batch.status === 'cancelling'
      ? { code: 'batch_cancelled', message: `Line ${lineNumber} was not run: the batch was cancelled.` }
      : { code: 'batch_expired', message: `Line ${lineNumber} was not run before the batch's window ended.` };
  const id = resultIdOf(batch.batchId, lineNumber);
  const result: BatchResult = { id, custom_id: customId, line: lineNumber, response: null, error };
  return JSON.stringify(result);
}
