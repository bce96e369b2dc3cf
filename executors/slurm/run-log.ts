import { StringDecoder } from 'node:string_decoder';
import { LogTail } from '../log-tail.ts';
import type { LogPart } from '../port.ts';
import type { LogSnapshot } from './record-folder.ts';

/** A line longer than it is cut there. */
const LINE_CHARACTERS_MAX = 64 * 1024;

interface Stream {
  decoder: StringDecoder;
  rest: string;
  byteCount: number;
}

/**
 * The log of one workload over all its runs and ranks. What each rank sends is counted in bytes, so that one that reports
 * anew goes on where it was heard last, and nothing stands in the log twice.
 */
export class RunLog {
  readonly #tail: LogTail;
  readonly #streams = new Map<string, Stream>();
  readonly #hasRanks: boolean;
  readonly #isWord: (line: string) => boolean;
  isChanged = false;

  /** `isWord`: which lines are said to the executor, and no part of the log. */
  constructor(hasRanks: boolean, isWord: (line: string) => boolean, snapshot?: LogSnapshot) {
    this.#hasRanks = hasRanks;
    this.#isWord = isWord;
    this.#tail = new LogTail(snapshot?.firstLine ?? 0);
    for (const line of snapshot?.lines ?? []) this.#tail.add(line);
    for (const [key, byteCount] of Object.entries(snapshot?.heard ?? {})) {
      this.#streams.set(key, { decoder: new StringDecoder('utf8'), rest: '', byteCount });
    }
  }

  /** Bytes of a rank's log in a run that were heard. */
  heardBytes(run: number, rank: number): number {
    return this.#streams.get(`${run}/${rank}`)?.byteCount ?? 0;
  }

  /** Takes in what a rank wrote from a byte on; gives the whole lines that are new. What was heard before is passed over. */
  take(run: number, rank: number, atByte: number, bytes: Buffer): readonly string[] {
    const stream = this.#stream(run, rank);
    const known = stream.byteCount - atByte;
    if (known >= bytes.length) return [];
    if (known < 0) stream.rest = '';
    const fresh = known > 0 ? bytes.subarray(known) : bytes;
    stream.byteCount = atByte + bytes.length;
    const text = stream.rest + stream.decoder.write(fresh);
    const lines = text.split('\n');
    stream.rest = (lines.pop() ?? '').slice(-LINE_CHARACTERS_MAX);
    return lines.map((line) => this.#add(rank, line));
  }

  /** The rank writes no more: what it wrote without the end of a line is a line. */
  end(run: number, rank: number): readonly string[] {
    const stream = this.#stream(run, rank);
    const last = stream.rest + stream.decoder.end();
    stream.rest = '';
    return last === '' ? [] : [this.#add(rank, last)];
  }

  /** A line of ours, which the workload did not write. */
  remark(rank: number, line: string): void {
    this.#add(rank, line);
  }

  part(fromLine?: number): LogPart {
    return this.#tail.part(fromLine);
  }

  lines(): readonly string[] {
    return this.#tail.lines();
  }

  snapshot(): LogSnapshot {
    this.isChanged = false;
    const lines = this.#tail.lines();
    // A line's beginning that is not told yet is not heard: it is sent again.
    const heard = [...this.#streams].map(([key, { byteCount, rest }]) => [key, byteCount - Buffer.byteLength(rest)]);
    return { firstLine: this.#tail.part().nextLine - lines.length, lines, heard: Object.fromEntries(heard) };
  }

  #stream(run: number, rank: number): Stream {
    const key = `${run}/${rank}`;
    const stream = this.#streams.get(key) ?? { decoder: new StringDecoder('utf8'), rest: '', byteCount: 0 };
    this.#streams.set(key, stream);
    return stream;
  }

  /** The line as it was written; in the log, of several ranks, it says of which. Holes of a log that was shortened are no text. */
  #add(rank: number, written: string): string {
    const line = (written.endsWith('\r') ? written.slice(0, -1) : written)
      .replaceAll('\0', '')
      .slice(0, LINE_CHARACTERS_MAX);
    if (!this.#isWord(line)) this.#tail.add(this.#hasRanks ? `${rank}: ${line}` : line);
    this.isChanged = true;
    return line;
  }
}
