import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { priceFolderOf, readPrices, writeFigures, writeWhole } from './price-folder.ts';
import { renderPrices, toPricesDocument } from './show-prices.ts';

const TODAY = '2026-11-25';
const ALL = { isStaleOnly: false };

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'rerig-show-'));
}

describe('prices as they are shown', () => {
  it('fit 80 columns, with age, mark and a numbered source for every row', () => {
    const text = renderPrices(readPrices(folder(), TODAY), ALL, 80, false);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^RTX 3090 +0\.16 USD\/h +66 d +Akash +\[1\]$/m);
    expect(text).toMatch(/^RTX 3090 +0\.4 USD\/h +512 d old +Vast\.ai +\[\d+\]$/m);
    expect(text).toContain('[1] api-evangelist/akash@4301f93c');
  });

  it('are one kind, or only the old ones, where that is asked', () => {
    const read = readPrices(folder(), TODAY);
    expect(renderPrices(read, { kind: 'recycling', isStaleOnly: false }, 80, false)).not.toContain('(rental)');
    const stale = renderPrices(read, { isStaleOnly: true }, 80, false);
    expect(stale).toContain(' d old');
    expect(stale).not.toMatch(/ \d+ d {2}/);
  });

  it('are one document with ages and units, the operator’s settings among them', () => {
    const data = folder();
    writeWhole(priceFolderOf(data).operatorPath, 'horizonDays = 30\ncurrency = "EUR"\n[electricity]\nperKwh = 0.1\n');
    const read = readPrices(data, TODAY);
    expect(toPricesDocument(read, { kind: 'electricity', isStaleOnly: false }, [])).toMatchObject({
      prices: {
        ...{
          today: TODAY,
          currency: { code: 'EUR' },
          settings: { horizonDays: 30, electricityUsdPerKwh: expect.closeTo(0.11643, 9) },
        },
        figures: expect.arrayContaining([expect.objectContaining({ unit: 'USD/kWh', ageDays: expect.any(Number) })]),
      },
    });
  });

  it('say what of a folder is wrong, and stand without it', () => {
    const data = folder();
    const { operatorPath, importedPath, refreshedPath } = priceFolderOf(data);
    writeWhole(operatorPath, 'horizonDays = "soon"');
    writeWhole(refreshedPath, '{"figures": [');
    const figure = { figureId: 'import/x', kind: 'resale', subject: 'RTX 3070', value: -5, unit: 'USD' } as const;
    writeFigures(importedPath, [{ ...figure, date: TODAY, venue: 'eBay', confidence: 'medium', source: 'a test' }]);
    const { faults, book, settings } = readPrices(data, TODAY);
    expect(faults.map(({ code }) => code)).toEqual(['price-file-unreadable', 'figure-implausible', 'price-file-wrong']);
    expect(settings.horizonDays).toBe(365);
    expect(book.figures.some(({ figureId }) => figureId === 'import/x')).toBe(false);
  });
});
