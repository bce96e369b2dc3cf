import { formatBytes } from '@rerig/domain/quantity';
import type { StoreProgress } from '@rerig/models/model-store';

/** How often the line changes in a terminal, and how often a line is written where there is none. */
const TERMINAL_STEP_MS = 200;
const PLAIN_STEP_MS = 10_000;
/** The rate is that of the last so many milliseconds. */
const RATE_WINDOW_MS = 5000;
const COLUMNS = 79;

type Bytes = Extract<StoreProgress, { kind: 'bytes' }>;

/** Where the lines go: stderr, or a test's. */
export interface LineTarget {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly nowMs: () => number;
}

/** Says how far a model is: one line that rewrites itself in a terminal, plain lines elsewhere. */
export class TransferLine {
  readonly #target: LineTarget;
  #label = '';
  #startedAtMs = 0;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #samples: readonly { readonly atMs: number; readonly doneBytes: number }[] = [];
  #shown = '';

  constructor(target: LineTarget = stderrTarget()) {
    this.#target = target;
  }

  /** Takes in what the store tells. */
  tell(progress: Bytes): void {
    const nowMs = this.#target.nowMs();
    const label = `${progress.doing} ${progress.label}`;
    if (label !== this.#label) this.#begin(label, nowMs);
    const isDone = progress.doneBytes === progress.totalBytes;
    const stepMs = this.#target.isTerminal ? TERMINAL_STEP_MS : PLAIN_STEP_MS;
    if (!isDone && nowMs - this.#shownAtMs < stepMs) return;
    this.#shownAtMs = nowMs;
    const recent = this.#samples.filter(({ atMs }) => nowMs - atMs <= RATE_WINDOW_MS);
    this.#samples = [...recent, { atMs: nowMs, doneBytes: progress.doneBytes }];
    this.#show(transferText(progress, this.#rate(nowMs, progress.doneBytes)));
  }

  /** Writes a line of its own, above the one that rewrites itself. */
  note(text: string): void {
    this.end();
    this.#target.write(`${text}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#target.isTerminal && this.#shown !== '') this.#target.write(`\r${' '.repeat(this.#shown.length)}\r`);
    this.#shown = '';
  }

  #begin(label: string, nowMs: number): void {
    this.#label = label;
    this.#startedAtMs = nowMs;
    // Without a terminal, what is done before its first step needs no line.
    this.#shownAtMs = this.#target.isTerminal ? Number.NEGATIVE_INFINITY : nowMs;
    this.#samples = [];
  }

  #rate(nowMs: number, doneBytes: number): number | null {
    const [first] = this.#samples;
    const overMs = first === undefined ? nowMs - this.#startedAtMs : nowMs - first.atMs;
    if (first === undefined || overMs <= 0) return null;
    return ((doneBytes - first.doneBytes) / overMs) * 1000;
  }

  #show(text: string): void {
    if (this.#target.isTerminal) this.#target.write(`\r${text.padEnd(this.#shown.length)}`);
    else this.#target.write(`${text}\n`);
    this.#shown = text;
  }
}

/** `fetching llama-8b-Q4_K_M.gguf  34 %  1.6 GiB of 4.6 GiB  52 MiB/s  1 min left`, within 79 columns. */
export function transferText({ doing, label, doneBytes, totalBytes }: Bytes, bytesPerSecond: number | null): string {
  const share = totalBytes === null || totalBytes === 0 ? null : doneBytes / totalBytes;
  const leftSeconds =
    totalBytes === null || bytesPerSecond === null || bytesPerSecond <= 0
      ? null
      : (totalBytes - doneBytes) / bytesPerSecond;
  const facts = [
    share === null ? undefined : `${Math.floor(share * 100)} %`,
    totalBytes === null ? formatBytes(doneBytes) : `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    bytesPerSecond === null ? undefined : `${formatBytes(Math.round(bytesPerSecond))}/s`,
    leftSeconds === null || doneBytes === totalBytes ? undefined : `${spanText(leftSeconds)} left`,
  ];
  const tail = facts.filter((fact) => fact !== undefined).join('  ');
  const room = COLUMNS - doing.length - tail.length - 3;
  const name = label.split('/').at(-1) ?? label;
  return `${doing} ${name.length > room ? `${name.slice(0, Math.max(1, room - 1))}…` : name}  ${tail}`;
}

function spanText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 90 * 60 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function stderrTarget(): LineTarget {
  return {
    write: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    nowMs: () => performance.now(),
  };
}
