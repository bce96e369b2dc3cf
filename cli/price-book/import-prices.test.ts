import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { priceBook } from '@rerig/domain/economics';
import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importPrices } from './import-prices.ts';
import { figuresOfRows, type ImportRead } from './import-rows.ts';

const TODAY = '2026-11-25';
const COLLECTED = '../shared/data/prices.csv';
const folder = mkdtempSync(join(tmpdir(), 'rerig-prices-'));
let fileCount = 0;

async function imported(text: string): Promise<ImportRead> {
  const path = join(folder, `list-${fileCount++}`);
  writeFileSync(path, text);
  const read = await importPrices(path, priceBook, TODAY);
  if (isFault(read)) throw new TypeError(read.why);
  return read;
}

async function whyUnreadable(text: string | Uint8Array): Promise<string> {
  const path = join(folder, `list-${fileCount++}`);
  writeFileSync(path, text);
  const read = await importPrices(path, priceBook, TODAY);
  return isFault(read) ? read.why : 'it was read';
}

const HEADING = 'kind,subject,value,low,high,unit,date,venue,confidence,source,note';

describe('a list of prices', () => {
  it('is taken in line by line: bad ones are refused by their number and reason, the others stand', async () => {
    const { figures, faults } = await imported(
      [
        HEADING,
        'resale,RTX 3070,210,,,USD,2026-11-20,eBay,medium,my own sales,',
        'resale,RTX 3080 10GB,cheap,,,USD,2026-11-20,eBay,medium,my own sales,',
        'gossip,RTX 3080 10GB,1,,,USD,2026-11-20,eBay,medium,my own sales,',
        'resale,,300,,,USD,2026-11-20,eBay,medium,my own sales,',
        'rental,RTX 3070,0.09,0.05,0.12,EUR/h,2026-11-01,"A, B and ""C""",high,their list,per card',
        'rental,RTX 3070,0.09,,,ZZZ/h,2026-11-01,Elsewhere,high,their list,',
        'electricity,here,0.1,,,USD/kWh,2027-05-01,my bill,high,my bill,',
      ].join('\r\n'),
    );
    expect(figures.map(({ subject, value, venue }) => [subject, value, venue])).toEqual([
      ['RTX 3070', 210, 'eBay'],
      ['RTX 3070', 0.09, 'A, B and "C"'],
    ]);
    expect(figures[1]).toMatchObject({ low: 0.05, high: 0.12, note: 'per card' });
    expect(faults.map(({ what }) => what)).toEqual([3, 4, 5, 7, 8].map((line) => `Line ${line} is refused.`));
    expect(faults.map(({ why }) => why).join(' ')).toMatch(/cheap.*gossip.*no subject.*ZZZ.*not come yet/s);
  });

  it('reads the same from JSON, as a list or as what "rerig prices show --json" writes', async () => {
    const figure = { kind: 'resale', subject: 'RTX 3070', value: 210, unit: 'USD', date: '2026-11', venue: 'eBay' };
    const list = await imported(JSON.stringify([figure, 7, null]));
    expect(list.figures).toMatchObject([{ ...figure, confidence: 'low' }]);
    expect(list.faults.map(({ what }) => what)).toEqual(['Figure 2 is refused.', 'Figure 3 is refused.']);
    const shown = await imported(JSON.stringify({ prices: { figures: [figure] } }));
    expect(shown.figures).toEqual(list.figures.map((each) => ({ ...each, source: expect.any(String) })));
  });

  it('gives the same figures when it is read twice', async () => {
    const text = `${HEADING}\nresale,RTX 3070,210,,,USD,2026-11-20,eBay,medium,sales,\nresale,RTX 3070,210,,,USD,2026-11-20,eBay,medium,sales,`;
    expect((await imported(text)).figures).toHaveLength(1);
  });

  it('dates what is dated in words by what can be read of it, and marks middles of ranges as weak', async () => {
    const { figures } = await imported(
      [
        'id,kind,card,value,unit,date,venue,confidence,source,note',
        'a,rental_market,RTX 4090,0.4,USD/h,2025-H2 (date uncertain),Vast.ai,medium,x,',
        'b,rental_list,RTX A4000,0.61,USD/h,2021-08..2023-04,CoreWeave,high,x,',
        'c,pearl_hashrate,CMP 90HX,76,TH/s (PRL),2026,Pearl,medium,x,"MIDPOINT of 68.5-85 TH/s, at 240 W"',
        'd,electricity,-,0.055,EUR/kWh,2018,Nordic industrial,medium,x,',
      ].join('\n'),
    );
    expect(figures.map(({ kind, subject, date, confidence }) => [kind, subject, date, confidence])).toEqual([
      ['rental', 'RTX 4090', '2025-07', 'medium'],
      ['rental', 'RTX A4000', '2023-04', 'high'],
      ['hash-rate', 'CMP 90HX', '2026', 'low'],
      ['electricity', 'Nordic industrial', '2018', 'medium'],
    ]);
    expect(figures[2]).toMatchObject({ coin: 'pearl', unit: 'TH/s', powerWatts: 240 });
  });

  it('takes in every line of the collected prices', async (context) => {
    if (!existsSync(COLLECTED)) context.skip('the data folder is not there');
    const read = await importPrices(COLLECTED, priceBook, TODAY);
    expect(isFault(read) ? read : { lines: read.figures.length, refused: read.faults }).toEqual({
      lines: 116,
      refused: [],
    });
  });

  it.each([
    ['', /no line/],
    ['name;price\nRTX;3', /names no columns/],
    ['{"a": 1}', /without a list/],
    ['{"figures": [', /without a list/],
    [`${HEADING}\n`, /no line/],
  ])('that is none is refused as a whole: %j', async (text, why) => {
    expect(await whyUnreadable(text)).toMatch(why);
  });

  it('that is not there or is no text is refused, and nothing throws', async () => {
    expect(isFault(await importPrices(join(folder, 'nowhere'), priceBook, TODAY))).toBe(true);
    expect(await whyUnreadable(Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256))).not.toBe('');
    const anyRow = fc.dictionary(fc.constantFrom('kind', 'subject', 'value', 'unit', 'date', 'note'), fc.anything());
    fc.assert(
      fc.property(fc.array(anyRow), (rows) => {
        const read = figuresOfRows(
          rows.map((row) => ({ place: 'Line 1', fields: new Map(Object.entries(row)) })),
          { book: priceBook, today: TODAY, listName: 'any' },
        );
        expect(read.figures.length + read.faults.length).toBeLessThanOrEqual(rows.length);
      }),
    );
  });
});
