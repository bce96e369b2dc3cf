/** What a figure should be, and whether it is. */
export interface Aim {
  readonly name: string;
  readonly value: number;
  readonly aim: number;
  readonly better: 'higher' | 'lower';
  readonly met: boolean;
}

/** A benchmark's whole result: the one line of its stdout. */
export interface Report {
  readonly bench: string;
  /** By name, each with its unit last. */
  readonly figures: Readonly<Record<string, number>>;
  readonly aims: readonly Aim[];
  /** Version by name, of the programs that ran beside ours. */
  readonly peers: Readonly<Record<string, string>>;
  readonly runs: number;
}

/** Makes an aim of a figure. */
export function aimOf(name: string, value: number, aim: number, better: Aim['better']): Aim {
  return { name, value, aim, better, met: better === 'higher' ? value >= aim : value <= aim };
}

/** Writes the report as one JSON line on stdout, with today's date. */
export function printReport(report: Report): void {
  const { bench, figures, aims, peers, runs } = report;
  const date = new Date().toISOString().slice(0, 10);
  process.stdout.write(`${JSON.stringify({ bench, figures, aims, peers, runs, date })}\n`);
}

/** The middle value, of an even count the lower of the two; NaN of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** Rounds to `digits` decimals, for a report that people read. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
