import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardGroups } from './card-groups.ts';
import type { FarmReport } from './farm-report.ts';
import { mendGroups } from './finding-groups.ts';
import { renderExplanation } from './render-explain.ts';
import { renderReport } from './render-report.ts';
import { reportCsv } from './report-csv.ts';
import { reportDocument } from './report-document.ts';
import { farms, sampleReport } from './sample-farms.ts';
import { roundedSum } from './sums.ts';
import { verdictSums } from './verdict-sums.ts';

const RUNS = { numRuns: 40 } as const;
const graphemes = new Intl.Segmenter();
const style = { columnCount: 80, color: false } as const;

function documentOf(report: FarmReport): unknown {
  return JSON.parse([...reportDocument(report)].join(''));
}

describe('a report of any farm', () => {
  it('has totals that are the sums of its rows, by model and by verdict alike', () => {
    fc.assert(
      fc.property(farms, (farm) => {
        const report = sampleReport(farm);
        const { all } = report.valued.totals;
        for (const rows of [cardGroups(report.lines), verdictSums(report.lines)]) {
          expect(roundedSum(rows.map((row) => row.netUsdPerDay.mid))).toBe(all.netUsdPerDay.mid);
          expect(roundedSum(rows.map((row) => row.valueUsd.high))).toBe(all.valueUsd.high);
          expect(roundedSum(rows.map((row) => row.onceUsd.mid))).toBe(report.onceUsd);
        }
        expect(cardGroups(report.lines).flatMap(({ lines }) => lines)).toHaveLength(all.cardCount);
        expect(report.lines).toHaveLength(report.valued.assessed.totals.cardCount);
      }),
      RUNS,
    );
  });

  it('has the sums of its rows in its CSV too, with a line for every card', () => {
    fc.assert(
      fc.property(farms, (farm) => {
        const report = sampleReport(farm);
        const rows: readonly Record<string, string>[] = parse(reportCsv(report), { columns: true });
        expect(rows).toHaveLength(report.lines.length);
        const net = roundedSum(rows.map((row) => Number(row.net_usd_per_day_mid)));
        expect(net).toBe(report.valued.totals.all.netUsdPerDay.mid);
        for (const row of rows) for (const cell of Object.values(row)) expect(cell).not.toMatch(/^([=+@\t\r]|-\D)/);
      }),
      RUNS,
    );
  });

  it('is one JSON document with every card, and the same farm gives the same one', () => {
    fc.assert(
      fc.property(farms, (farm) => {
        const report = sampleReport(farm);
        const document = documentOf(report);
        expect(document).toEqual(documentOf(sampleReport(farm)));
        expect(document).toMatchObject({ totals: { cardCount: report.lines.length }, faults: [] });
        expect(JSON.stringify(document)).not.toContain('null,null,null,null,null');
      }),
      RUNS,
    );
  });

  it('is never wider than 80 columns, and lets no control character of a file through', () => {
    fc.assert(
      fc.property(farms, fc.boolean(), (farm, isAll) => {
        const report = sampleReport(farm);
        const explained = report.lines.map((line) => renderExplanation(report, [line], style));
        const text = [
          renderReport(report, { ...style, isAll }),
          renderExplanation(report, report.lines, style),
          ...explained,
        ];
        for (const line of text.join('').split('\n')) {
          expect([...graphemes.segment(line)].length, line).toBeLessThanOrEqual(80);
          expect(line).not.toMatch(/\p{Cc}|\u202e/u);
        }
      }),
      RUNS,
    );
  });

  it('groups every mend once, those that pay back within the horizon apart from the others', () => {
    fc.assert(
      fc.property(farms, (farm) => {
        const { valued } = sampleReport(farm);
        const groups = mendGroups(valued);
        expect(groups.flatMap(({ mends }) => mends)).toHaveLength(valued.mends.length);
        for (const { mends } of groups) {
          const sides = new Set(mends.map(({ paysBackDays }) => (paysBackDays ?? Infinity) <= valued.horizonDays));
          expect(sides.size).toBe(1);
        }
      }),
      RUNS,
    );
  });
});
