import type { Farm, ObservedCard, Rig } from '@rerig/domain/inventory';
import { GIB } from '@rerig/domain/quantity';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardGroups } from './card-groups.ts';
import type { FarmReport } from './farm-report.ts';
import { mendGroups } from './finding-groups.ts';
import { reportHtml } from './html/report-html.ts';
import { renderExplanation } from './render-explain.ts';
import { renderReport } from './render-report.ts';
import { reportCsv } from './report-csv.ts';
import { reportDocument } from './report-document.ts';
import { sampleReport } from './sample-farms.ts';
import { roundedSum } from './sums.ts';
import { verdictSums } from './verdict-sums.ts';

const RUNS = { numRuns: 40 } as const;
const graphemes = new Intl.Segmenter();
const style = { columnCount: 80, color: false } as const;

function documentOf(report: FarmReport): unknown {
  return JSON.parse([...reportDocument(report)].join(''));
}

/** Names that drivers print, names that nobody prints, and names that try to be markup, a formula or an escape code. */
const names = fc.oneof(
  fc.constantFrom('GeForce RTX 3090', 'Radeon RX 580', 'GeForce GTX 1070', 'CMP 40HX', 'P104-100', 'Radeon VII'),
  fc.constantFrom('<script>alert(1)</script>', '=HYPERLINK("http://x")', '\u001b[2J\u202egnp', 'a"b,c\r\nd', ''),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);

const vram = fc.option(fc.integer({ min: 1, max: 48 }), { nil: undefined });
const power = fc.option(fc.integer({ min: 0, max: 450 }), { nil: undefined });
const rate = fc.option(fc.integer({ min: 0, max: 130 }), { nil: undefined });

function cardOf(name: string, gib?: number, watts?: number, megahashes?: number): Omit<ObservedCard, 'cardId'> {
  return {
    kind: 'gpu',
    name,
    ...(gib === undefined ? {} : { vramBytes: gib * GIB }),
    reading: {
      ...(watts === undefined ? {} : { powerWatts: watts }),
      ...(megahashes === undefined ? {} : { hashesPerSecond: megahashes * 1e6, algorithm: 'ethash' }),
    },
  };
}

const rigs = fc.record({
  name: names,
  ramGib: fc.integer({ min: 1, max: 64 }),
  cards: fc.array(fc.tuple(names, vram, power, rate), { maxLength: 6 }),
});

/** Farms that nobody has. */
const farms: fc.Arbitrary<Farm> = fc.array(rigs, { maxLength: 5 }).map((drawn) => ({
  rigs: drawn.map(({ name, ramGib, cards }, number): Rig => {
    const rigId = `rig-${number} ${name}`;
    return {
      ...{ rigId, name: name === '' ? rigId : name, source: 'files', contradictions: [] },
      host: { ram: { bytes: ramGib * GIB, basis: 'reported', source: 'a test' } },
      cards: cards.map((card, index) => ({ ...cardOf(...card), cardId: `${rigId}/0${index}:00.0` })),
    };
  }),
}));

/** What a page of ours is made of. */
const TAGS =
  /^(html|head|meta|title|style|body|main|header|section|nav|footer|div|span|p|a|b|i|strong|abbr|h[1-4]|ul|li|dl|dt|dd|details|summary|figure|figcaption|table|caption|colgroup|col|thead|tbody|tr|th|td|svg|g|rect|path|text|circle|polyline|polygon|defs|clipPath|use)$/;

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

  it('escapes all that files say on its page: no name of a rig or a card makes an element', () => {
    fc.assert(
      fc.property(farms, (farm) => {
        const page = reportHtml(sampleReport(farm));
        for (const [, tag] of page.matchAll(/<([a-zA-Z][a-zA-Z0-9]*)/g)) expect(tag).toMatch(TAGS);
        expect(page).not.toMatch(/<script|<img/i);
      }),
      { numRuns: 6 },
    );
  });
});
