import type { Fault } from '@rerig/domain/fault';
import pc from 'picocolors';

/** The width that everything is written for: at most 100 columns, and 80 where no terminal tells. */
export function columnCount(): number {
  return Math.min(process.stdout.columns ?? 80, 100);
}

/** Whether stdout takes colour. */
export function hasColor(): boolean {
  return pc.isColorSupported && process.stdout.isTTY === true;
}

/** Prints a fault on stderr as what / why / mend, or as JSON on stdout where `--json` was asked for. */
export function printFault(fault: Fault, asJson = false): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ fault }, null, 2)}\n`);
    return;
  }
  // Colour only where a person looks: in CI it would stand in the log as escape codes.
  const colors = pc.createColors(pc.isColorSupported && process.stderr.isTTY === true);
  const lines: readonly (readonly [string, string])[] = [
    [colors.red('✖'), fault.what],
    [colors.dim(' why '), fault.why],
    [colors.dim(' mend'), fault.mend],
  ];
  for (const [mark, text] of lines) process.stderr.write(`${mark} ${wrap(text, columnCount() - 6).join('\n      ')}\n`);
}

/** Breaks a text into lines of at most `width` characters, at its spaces. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
