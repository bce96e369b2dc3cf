import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransferLine, transferText } from './transfer-line.ts';

const MIB = 1024 ** 2;

function recorded(isTerminal: boolean) {
  const written: string[] = [];
  const clock = { nowMs: 0 };
  const line = new TransferLine({ write: (text) => written.push(text), isTerminal, nowMs: () => clock.nowMs });
  const tellAt = (nowMs: number, doneBytes: number) => {
    clock.nowMs = nowMs;
    line.tell({ kind: 'bytes', doing: 'fetching', label: 'hf:o/r/x.gguf', doneBytes, totalBytes: 100 * MIB });
  };
  return { written, line, tellAt };
}

describe('the line of a transfer', () => {
  it('tells share, size, rate and what is left', () => {
    const { written, tellAt } = recorded(true);
    tellAt(0, 0);
    tellAt(1000, 10 * MIB);
    expect(written.at(-1)?.trim()).toBe('fetching x.gguf  10 %  10 MiB of 100 MiB  10 MiB/s  9 s left');
  });

  it('rewrites itself in a terminal, and goes without a trace', () => {
    const { written, line, tellAt } = recorded(true);
    tellAt(0, 0);
    tellAt(50, MIB);
    tellAt(1000, 10 * MIB);
    line.end();
    expect(written.length).toBe(3);
    expect(written.every((text) => text.startsWith('\r') && !text.includes('\n'))).toBe(true);
    expect(written.at(-1)).toMatch(/^\r +\r$/);
  });

  it('is a plain line now and then without a terminal', () => {
    const { written, tellAt } = recorded(false);
    for (let second = 0; second <= 30; second++) tellAt(second * 1000, second * MIB);
    expect(written.length).toBe(3);
    expect(written.every((text) => text.endsWith('\n') && !text.includes('\r'))).toBe(true);
  });

  it('stays within 79 columns whatever the name and the numbers are', () => {
    const bytes = fc.record({
      kind: fc.constant('bytes' as const),
      doing: fc.constantFrom('fetching' as const, 'reading' as const, 'copying' as const),
      label: fc.string({ maxLength: 200 }),
      doneBytes: fc.nat({ max: 2 ** 42 }),
      totalBytes: fc.option(fc.nat({ max: 2 ** 42 })),
    });
    fc.assert(
      fc.property(bytes, fc.option(fc.nat({ max: 2 ** 34 })), (progress, rate) => {
        const total = progress.totalBytes === null ? null : Math.max(progress.totalBytes, progress.doneBytes);
        expect(transferText({ ...progress, totalBytes: total }, rate).length).toBeLessThanOrEqual(79);
      }),
    );
  });
});
