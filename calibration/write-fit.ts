import type { MeasuredSpeedRow, SpeedFit } from '@rerig/domain/grading';
import type { SpeedRow } from './speed-rows.ts';

const HEAD = '// Written by `npm run calibrate -- --write`: change the script, not this file.\n';

/** The source text of the fitted numbers, as a constant of the domain. */
export function fitSource(fit: SpeedFit): string {
  return `${HEAD}import type { SpeedFit } from './speed.ts';

/**
 * What the terms of the speed formulas are, how widely predictions of unseen cards stray, and what the formulas miss of
 * card models that were measured. Source: llm-bench.csv of November 2026, rows of one card, quality A and B; each row
 * names its own source there and in the measured speeds beside this file.
 */
export const speedFit: SpeedFit = ${JSON.stringify(fit, null, 2)};
`;
}

/** The source text of what others measured on card models: LocalScore's rows, whose settings are unstated, are left out. */
export function measuredSource(rows: readonly SpeedRow[], constant: string): string {
  const stated = rows.filter(({ case: { conditions } }) => !conditions?.isLocalScore && !conditions?.isRouteUnstated);
  const sources = [...new Set(stated.map(({ source }) => source))];
  const lines = [...new Set(stated.map((row) => rowText(measuredRow(row, sources))))];
  return `${HEAD}import type { MeasuredSpeedRow } from './speed.ts';

/** Where the rows come from, by index. */
export const ${constant}Sources: readonly string[] = ${JSON.stringify(sources, null, 2)};

/** Measured tokens a second of one stream on one card. */
export const ${constant}: readonly MeasuredSpeedRow[] = [
${lines.map((line) => `  ${line},`).join('\n')}
];
`;
}

/** Large numbers as `8.03e9`, so that a row stays on one line. */
function rowText(row: MeasuredSpeedRow): string {
  const texts = row.map((value) =>
    typeof value === 'number' && value >= 1e6 ? `${Number((value / 1e9).toPrecision(4))}e9` : JSON.stringify(value),
  );
  return `[${texts.join(', ')}]`;
}

function measuredRow(row: SpeedRow, sources: readonly string[]): MeasuredSpeedRow {
  const { request, route } = row.case;
  const { parameterCount, activeParameterCount, weightsBytes, promptTokenCount } = request;
  return [
    row.model.modelId,
    route,
    row.modelName,
    row.quantization,
    Math.round(parameterCount),
    Math.round(activeParameterCount),
    Math.round(weightsBytes),
    promptTokenCount,
    row.tokensPerSecond,
    sources.indexOf(row.source),
  ];
}
