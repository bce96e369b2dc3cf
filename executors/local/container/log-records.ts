import { LineReader } from '../line-reader.ts';

/** What is told of a container's log. */
export interface LogLines {
  output(line: string): void;
  error(line: string): void;
}

const LINE_FEED = 0x0a;
const BRACE = 0x7b;
/** conmon writes pieces of 8 KiB at most, Docker of 16 KiB, which JSON may make six times as long. */
const RECORD_BYTES_MAX = 256 * 1024;

/** Reads the records in which Podman (`k8s-file`) and Docker (`json-file`) keep what a container wrote. */
export class LogRecords {
  readonly #output: LineReader;
  readonly #error: LineReader;
  #rest = Buffer.alloc(0);
  #lineCount = 0;

  constructor({ output, error }: LogLines) {
    this.#output = new LineReader((line) => this.#count(() => output(line)));
    this.#error = new LineReader((line) => this.#count(() => error(line)));
  }

  /** Lines handed out so far, of both streams. */
  get lineCount(): number {
    return this.#lineCount;
  }

  read(bytes: Buffer): void {
    let buffer = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (let end = buffer.indexOf(LINE_FEED); end >= 0; end = buffer.indexOf(LINE_FEED)) {
      this.#take(buffer.subarray(0, end));
      buffer = buffer.subarray(end + 1);
    }
    // A record that long is none of theirs.
    this.#rest = buffer.length > RECORD_BYTES_MAX ? Buffer.alloc(0) : Buffer.from(buffer);
  }

  /** Hands out last lines that have no end. */
  end(): void {
    this.#output.end();
    this.#error.end();
  }

  #take(record: Buffer): void {
    const { stream, text } = record[0] === BRACE ? parseJsonRecord(record) : readPlainRecord(record);
    if (stream === 'stdout') this.#output.read(text);
    else if (stream === 'stderr') this.#error.read(text);
  }

  #count(tell: () => void): void {
    this.#lineCount += 1;
    tell();
  }
}

interface LogRecord {
  readonly stream: string;
  readonly text: Buffer;
}

const NOTHING: LogRecord = { stream: '', text: Buffer.alloc(0) };
const END_OF_LINE = Buffer.from('\n');

/** `TIME STREAM F|P TEXT`: `P` where the line goes on in the next record of the stream. Source: Kubernetes' CRI logs. */
function readPlainRecord(record: Buffer): LogRecord {
  const afterTime = record.indexOf(' ');
  const afterStream = record.indexOf(' ', afterTime + 1);
  const afterTag = record.indexOf(' ', afterStream + 1);
  if (afterTime < 0 || afterStream < 0 || afterTag < 0) return NOTHING;
  const isWhole = record.toString('latin1', afterStream + 1, afterTag) !== 'P';
  const text = record.subarray(afterTag + 1);
  return {
    stream: record.toString('latin1', afterTime + 1, afterStream),
    text: isWhole ? Buffer.concat([text, END_OF_LINE]) : text,
  };
}

/** `{"log":"text\n","stream":"stdout","time":"…"}`: without `\n` where the line goes on. Source: Docker's json-file. */
function parseJsonRecord(record: Buffer): LogRecord {
  try {
    const { log, stream } = JSON.parse(record.toString('utf8')) as { log?: unknown; stream?: unknown };
    return typeof log === 'string' && typeof stream === 'string' ? { stream, text: Buffer.from(log) } : NOTHING;
  } catch {
    // Half a record, as a full disk leaves it.
    return NOTHING;
  }
}
