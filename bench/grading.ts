import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MIB } from '@rerig/domain/quantity';
import { z } from 'zod';
import { writeMadeUpFarm } from './grading/made-up-farm.ts';
import { aimOf, medianOf, printReport, rounded } from './report.ts';

const RUNS = 5;
const RIG_COUNT = 20_000;
const CARDS_PER_RIG = 5;
const SMALL_RIG_COUNT = 10;
const TIMEOUT_MS = 120_000;

const onceSchema = z.object({
  cardCount: z.number(),
  faultCount: z.literal(0),
  readMs: z.number(),
  gradeMs: z.number(),
  valueMs: z.number(),
  totalMs: z.number(),
  peakMemoryBytes: z.number(),
});

const root = fileURLToPath(new URL('..', import.meta.url));

/** A farm of 100,000 cards from JSON to assessed, and `rerig assess` of ten rigs with its start. */
function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-bench-'));
  try {
    const large = join(folder, 'large.jsonl');
    const sizeBytes = writeMadeUpFarm(large, RIG_COUNT, CARDS_PER_RIG);
    process.stderr.write(`  ${RIG_COUNT} rigs, ${RIG_COUNT * CARDS_PER_RIG} cards, ${rounded(sizeBytes / MIB)} MiB\n`);
    const runs = Array.from({ length: RUNS }, () => assessOnce(large));
    const small = join(folder, 'small.jsonl');
    writeMadeUpFarm(small, SMALL_RIG_COUNT, CARDS_PER_RIG);
    const walls = Array.from({ length: RUNS }, () => assessCommandMs(small));
    const median = (read: (run: z.infer<typeof onceSchema>) => number) => medianOf(runs.map(read));
    const figures = {
      largeFarmSeconds: rounded(median(({ totalMs }) => totalMs) / 1000, 2),
      readSeconds: rounded(median(({ readMs }) => readMs) / 1000, 2),
      gradeSeconds: rounded(median(({ gradeMs }) => gradeMs) / 1000, 2),
      valueSeconds: rounded(median(({ valueMs }) => valueMs) / 1000, 2),
      peakMemoryMebibytes: rounded(median(({ peakMemoryBytes }) => peakMemoryBytes) / MIB, 0),
      tenRigAssessSeconds: rounded(medianOf(walls) / 1000, 2),
    };
    printReport({
      bench: 'grading',
      figures: { cardCount: RIG_COUNT * CARDS_PER_RIG, ...figures },
      aims: [
        aimOf('largeFarmSeconds', figures.largeFarmSeconds, 3, 'lower'),
        aimOf('peakMemoryMebibytes', figures.peakMemoryMebibytes, 1024, 'lower'),
        aimOf('tenRigAssessSeconds', figures.tenRigAssessSeconds, 0.5, 'lower'),
      ],
      peers: {},
      runs: RUNS,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function assessOnce(path: string): z.infer<typeof onceSchema> {
  const script = fileURLToPath(new URL('grading/assess-once.ts', import.meta.url));
  const text = execFileSync(process.execPath, [script, path], { cwd: root, timeout: TIMEOUT_MS, encoding: 'utf8' });
  const run = onceSchema.parse(JSON.parse(text));
  process.stderr.write(`  ${rounded(run.totalMs, 0)} ms, ${rounded(run.peakMemoryBytes / MIB, 0)} MiB\n`);
  return run;
}

function assessCommandMs(path: string): number {
  const startedAtMs = performance.now();
  execFileSync(process.execPath, ['cli/rerig.ts', 'assess', path], { cwd: root, timeout: TIMEOUT_MS, stdio: 'pipe' });
  return performance.now() - startedAtMs;
}

main();
