import { BATCH_LINES_MAX, type BatchResult } from '@rerig/api/openai';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import {
  BODY_BYTES_MAX,
  type Caller,
  type FileStore,
  gatewayFault,
  type ParsedBatchLine,
  parseBatchLine,
  splitLines,
} from '@rerig/gateway/gateway';
import type pg from 'pg';
import { insertBatchLines, type NewBatchLine, removeBatchLines } from '../store/batch-line-rows.ts';
import { applyBatchEvent, type BatchAtWork, type BatchError, keepBatchTurn } from '../store/batch-rows.ts';

/** What validating needs beside the batch. */
export interface ValidationParts {
  readonly pool: pg.Pool;
  readonly files: FileStore;
  readonly turnId: string;
  readonly leaseMs: number;
  /** Ends the reading: it begins again elsewhere. */
  readonly signal: AbortSignal;
  callerOf(apiKeyId: string): Promise<Caller | Fault>;
  /** Null where the caller may ask the model; else the Fault with which it is refused. */
  modelRefusal(caller: Caller, model: string): Promise<Fault | null>;
}

/** Lines that go into the database in one statement, and the most bytes of them. */
const LINES_AT_ONCE = 200;
const BYTES_AT_ONCE = 4 * 1024 * 1024;
/** A line is what a door reads as its body, and what stands around it. */
const LINE_BYTES_MAX = BODY_BYTES_MAX + 64 * 1024;
/** Faults of a file that are named: who made so many repairs the program that wrote it, and not the lines. */
const ERRORS_MAX = 100;

/**
 * Reads a batch's file line by line into the store. A file of requests goes on; a line that its door would refuse has
 * its result at once. A file that is none fails with the numbers of its lines. A Fault: nothing was decided.
 */
export async function validateBatch(batch: BatchAtWork, parts: ValidationParts): Promise<Fault | null> {
  const { pool, files, turnId } = parts;
  const caller = await parts.callerOf(batch.apiKeyId);
  if (isFault(caller)) {
    return caller.retry === 'later' ? caller : refuse(batch, parts, [ofFile(caller.code, wordsOf(caller))]);
  }
  const file = await files.find(batch.organisationId, batch.inputFileId);
  if (isFault(file)) return file;
  if (file === null) return refuse(batch, parts, [fileGone()]);
  // What a crash left of an earlier reading.
  await removeBatchLines(pool, batch.batchId);
  const reading = new Reading(batch, caller, parts);
  const fault = await readLines(files.read(file), reading, parts.signal);
  if (fault?.code === 'not_found') return refuse(batch, parts, [fileGone()]);
  if (fault !== null) return fault;
  await reading.flush();
  const errors = reading.errors;
  if (errors.length > 0) return refuse(batch, parts, errors);
  await applyBatchEvent(pool, batch.batchId, 'validated', {
    turnId,
    lineCount: reading.lineCount,
    failedCount: reading.refusedCount,
    models: reading.models,
  });
  return null;
}

/** A Fault: the reading stopped before the end; `not_found` where the file was removed meanwhile. */
async function readLines(
  content: AsyncIterable<Uint8Array>,
  reading: Reading,
  signal: AbortSignal,
): Promise<Fault | null> {
  try {
    for await (const { lineNumber, bytes } of splitLines(content, LINE_BYTES_MAX)) {
      if (reading.isFull) break;
      if (signal.aborted) return stopped();
      const fault = await reading.take(lineNumber, bytes);
      if (fault !== null) return fault;
    }
    return null;
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
}

/** What is read of a file so far. */
class Reading {
  readonly #batch: BatchAtWork;
  readonly #caller: Caller;
  readonly #parts: ValidationParts;
  readonly #refusals = new Map<string, Fault | null>();
  readonly #errors: BatchError[] = [];
  #lines: NewBatchLine[] = [];
  #heldBytes = 0;
  lineCount = 0;
  refusedCount = 0;

  constructor(batch: BatchAtWork, caller: Caller, parts: ValidationParts) {
    this.#batch = batch;
    this.#caller = caller;
    this.#parts = parts;
  }

  /** Whether more lines would tell nothing more. */
  get isFull(): boolean {
    return this.#errors.length >= ERRORS_MAX || this.lineCount > BATCH_LINES_MAX;
  }

  get models(): readonly string[] {
    return [...this.#refusals].flatMap(([model, refusal]) => (refusal === null ? [model] : []));
  }

  get errors(): readonly BatchError[] {
    if (this.#errors.length > 0) return this.#errors;
    if (this.lineCount === 0) return [ofFile('empty_file', 'The input file has no line.')];
    if (this.lineCount <= BATCH_LINES_MAX) return [];
    return [ofFile('too_many_requests', `The input file has more than ${BATCH_LINES_MAX} lines; split it.`)];
  }

  async take(lineNumber: number, bytes: Uint8Array | null): Promise<Fault | null> {
    if (bytes === null) {
      const message = `The line is longer than ${LINE_BYTES_MAX} bytes.`;
      this.#errors.push({ code: 'line_too_long', line: lineNumber, message, param: null });
      return null;
    }
    if (isBlank(bytes)) return null;
    this.lineCount += 1;
    const parsed = parseBatchLine(bytes, this.#batch.endpoint);
    if (parsed.kind === 'broken') {
      const { code, message, param } = parsed;
      this.#errors.push({ code, line: lineNumber, message, param });
      return null;
    }
    const line = await this.#toLine(lineNumber, parsed);
    if (isFault(line)) return line;
    this.#lines.push(line);
    this.#heldBytes += bytes.byteLength;
    if (this.#lines.length >= LINES_AT_ONCE || this.#heldBytes >= BYTES_AT_ONCE) await this.flush();
    return null;
  }

  async flush(): Promise<void> {
    const { pool, turnId, leaseMs } = this.#parts;
    if (this.#lines.length === 0) return;
    const repeated = await insertBatchLines(pool, this.#batch.batchId, this.#lines);
    for (const line of repeated) {
      const message = 'The line\'s "custom_id" is that of an earlier line.';
      this.#errors.push({ code: 'duplicate_custom_id', line, message, param: 'custom_id' });
    }
    this.#lines = [];
    this.#heldBytes = 0;
    await keepBatchTurn(pool, turnId, leaseMs);
  }

  async #toLine(
    lineNumber: number,
    parsed: Exclude<ParsedBatchLine, { kind: 'broken' }>,
  ): Promise<NewBatchLine | Fault> {
    const { customId } = parsed;
    if (parsed.kind === 'refused') return this.#refused(lineNumber, customId, parsed.code, parsed.message);
    const { model, body } = parsed;
    const known = this.#refusals.get(model);
    const refusal = known === undefined ? await this.#parts.modelRefusal(this.#caller, model) : known;
    if (refusal?.retry === 'later') return refusal;
    this.#refusals.set(model, refusal);
    if (refusal !== null) return this.#refused(lineNumber, customId, refusal.code, wordsOf(refusal));
    return { lineNumber, customId, model, body, result: null };
  }

  #refused(lineNumber: number, customId: string, code: string, message: string): NewBatchLine {
    this.refusedCount += 1;
    const { batchId } = this.#batch;
    const result: BatchResult = {
      id: resultIdOf(batchId, lineNumber),
      custom_id: customId,
      line: lineNumber,
      response: null,
      error: { code, message: `Line ${lineNumber}: ${message}` },
    };
    return { lineNumber, customId, model: null, body: null, result: JSON.stringify(result) };
  }
}

/** How the result of a line is called. */
export function resultIdOf(batchId: string, lineNumber: number): string {
  return `batch_req_${batchId.replace(/^batch_/, '')}_${lineNumber}`;
}

async function refuse(batch: BatchAtWork, parts: ValidationParts, errors: readonly BatchError[]): Promise<null> {
  await removeBatchLines(parts.pool, batch.batchId);
  await applyBatchEvent(parts.pool, batch.batchId, 'invalid', { turnId: parts.turnId, errors });
  return null;
}

function stopped(): Fault {
  return gatewayFault('internal_error', {
    what: 'The batch was not read to its end.',
    why: 'The server is being stopped.',
    mend: 'It goes on by itself when a server runs.',
  });
}

function fileGone(): BatchError {
  return ofFile('not_found', 'The input file is no longer there.');
}

function ofFile(code: string, message: string): BatchError {
  return { code, line: null, message, param: 'input_file_id' };
}

function wordsOf({ what, why, mend }: Fault): string {
  return `${what} ${why} ${mend}`;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
