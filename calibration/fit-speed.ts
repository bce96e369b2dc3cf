#!/usr/bin/env node
import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { SpeedFit } from '@rerig/domain/grading';
import { crossValidate, type Judged, medianAbsoluteError } from './cross-validate.ts';
import { fitCoefficients } from './fit.ts';
import { parseSpeedRows, type SpeedRow } from './speed-rows.ts';
import { cardFactors, coverageOf, spreadsOf } from './spread.ts';
import { fitSource, measuredSource } from './write-fit.ts';

const HELP = `Fits the speed formulas' terms to measurements, leaving whole cards out to see how well unseen ones are told.

  npm run calibrate -- [--data FILE] [--write]

  --data FILE  a table with the columns of llm-bench.csv (default: ../shared/data/llm-bench.csv)
  --write      write domain/grading/speed-fit.ts and the measured speeds beside it
  --help       this text

Prints a table on stderr and one JSON line on stdout.
`;

const PHASES = ['generate', 'prompt'] as const;
const grading = new URL('../domain/grading/', import.meta.url);

interface PhaseFit {
  readonly rows: readonly SpeedRow[];
  readonly coefficients: Readonly<Record<string, number>>;
  readonly judged: readonly Judged[];
  readonly spread: ReturnType<typeof spreadsOf>;
}

function fitPhase(rows: readonly SpeedRow[], phase: SpeedRow['phase']): PhaseFit {
  const own = rows.filter((row) => row.phase === phase);
  let cardCount = 0;
  const judged = crossValidate(own, (cardGroup) => {
    cardCount += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r${phase}: without ${cardGroup} (${cardCount})`.padEnd(70));
  });
  if (process.stderr.isTTY) process.stderr.write(`\r${' '.repeat(70)}\r`);
  const coefficients = roundedValues(fitCoefficients(own));
  return { rows: own, coefficients, judged, spread: spreadsOf(judged.filter(isStated)) };
}

/** LocalScore's settings are unstated: its rows are judged apart. */
function isStated({ row }: Judged): boolean {
  return row.case.conditions?.isLocalScore !== true;
}

function roundedValues(values: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const kept = Object.entries(values).filter(
    ([name, value]) => value !== 0 && !/localscore|unstated|narrow-host/.test(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, Number(value.toFixed(4))]));
}

interface Score {
  readonly rowCount: number;
  readonly medianAbsoluteErrorPercent: number;
  readonly coveragePercent: number;
}

function scoreOf(judged: readonly Judged[], { spread }: PhaseFit): Score {
  return {
    rowCount: judged.length,
    medianAbsoluteErrorPercent: Number((100 * medianAbsoluteError(judged)).toFixed(1)),
    coveragePercent: Number((100 * coverageOf(judged, spread)).toFixed(1)),
  };
}

function scoresOf(fit: PhaseFit): Readonly<Record<string, Score>> {
  const stated = fit.judged.filter(isStated);
  const keyOf = ({ row }: Judged) => `${row.case.route} ${row.case.card.architecture}`;
  const groups: (readonly [string, readonly Judged[]])[] = [
    ['all', stated],
    ...['cuda', 'rocm', 'vulkan'].map(
      (route) => [route, stated.filter(({ row }) => row.case.route === route)] as const,
    ),
    ...[...new Set(stated.map(keyOf))]
      .toSorted()
      .map((key) => [key, stated.filter((one) => keyOf(one) === key)] as const),
    ['LocalScore, apart', fit.judged.filter((one) => !isStated(one))],
  ];
  return Object.fromEntries(
    groups.filter(([, rows]) => rows.length > 0).map(([key, rows]) => [key, scoreOf(rows, fit)]),
  );
}

function printScores(phase: string, scores: Readonly<Record<string, Score>>): void {
  process.stderr.write(`\n${phase}: cards left out whole           rows   median error   in 90 % interval\n`);
  for (const [key, { rowCount, medianAbsoluteErrorPercent, coveragePercent }] of Object.entries(scores)) {
    const cells = [`${medianAbsoluteErrorPercent} %`.padStart(15), `${coveragePercent} %`.padStart(19)];
    process.stderr.write(`  ${key.padEnd(36)}${String(rowCount).padStart(6)}${cells.join('')}\n`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, write: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const path = values.data ?? new URL('../../shared/data/llm-bench.csv', import.meta.url).pathname;
  const { rows, leftOut } = parseSpeedRows(await readFile(path, 'utf8'));
  const missing = PHASES.find((phase) => !rows.some((row) => row.phase === phase));
  if (missing !== undefined) return refuse(`No row of phase "${missing}" can be used: ${JSON.stringify(leftOut)}.`);
  const [generate, prompt] = PHASES.map((phase) => fitPhase(rows, phase));
  if (generate === undefined || prompt === undefined) return;
  const scores = { generate: scoresOf(generate), prompt: scoresOf(prompt) };
  printScores('generation', scores.generate);
  printScores('prompt', scores.prompt);
  if (values.write === true) await write(generate, prompt);
  const date = new Date().toISOString().slice(0, 10);
  process.stdout.write(`${JSON.stringify({ calibration: 'speed', scores, rowsLeftOut: leftOut, date })}\n`);
}

async function write(generate: PhaseFit, prompt: PhaseFit): Promise<void> {
  const fit: SpeedFit = {
    generate: generate.coefficients,
    prompt: prompt.coefficients,
    spread: { generate: generate.spread, prompt: prompt.spread },
    generateByCard: cardFactors(generate.rows, generate.coefficients),
    promptByCard: cardFactors(prompt.rows, prompt.coefficients),
    generateRowCount: generate.rows.length,
    promptRowCount: prompt.rows.length,
    cardModelCount: new Set([...generate.rows, ...prompt.rows].map(({ model }) => model.modelId)).size,
    fittedOn: new Date().toISOString().slice(0, 10),
  };
  await replaceFile('speed-fit.ts', fitSource(fit));
  await replaceFile('measured-generation.ts', measuredSource(generate.rows, 'measuredGeneration'));
  await replaceFile('measured-prompts.ts', measuredSource(prompt.rows, 'measuredPrompts'));
  process.stderr.write('\nWritten: domain/grading/{speed-fit,measured-generation,measured-prompts}.ts; format them.\n');
}

/** The old file stays until the new one is whole: this program itself imports them. */
async function replaceFile(name: string, text: string): Promise<void> {
  const next = new URL(`${name}.next`, grading);
  await writeFile(next, text);
  await rename(next, new URL(name, grading));
}

function refuse(why: string): void {
  process.stderr.write(
    `✖ The measurements could not be fitted.\n  why  ${why}\n` +
      '  mend Give a table with the columns of llm-bench.csv: npm run calibrate -- --data FILE\n',
  );
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  refuse(error instanceof Error ? error.message : String(error));
}
