import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { assessFleet, type FleetEntry, fleetBars, fleetEntries } from '@rerig/domain/fleet';
import { GIB } from '@rerig/domain/quantity';
import { describe, expect, it } from 'vitest';
import { toFleetDocument } from './fleet/fleet-document.ts';
import { renderFleet, renderFleetEntries } from './fleet/render-fleet.ts';

const RUN_LIMIT_MS = 20_000;

function fleet(...args: readonly string[]): Promise<{ readonly status: number; readonly stdout: string }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly status: number; readonly stdout: string }>();
  execFile(
    process.execPath,
    [join(import.meta.dirname, 'rerig.ts'), 'fleet', ...args],
    { timeout: RUN_LIMIT_MS },
    (error, stdout) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout }),
  );
  return promise;
}

const assessed = assessFleet();

describe('rerig fleet', () => {
  it('shows every bar by both counts with its range, the claims, and how far it is to be trusted', () => {
    const text = renderFleet(assessed, 80);
    for (const { title } of fleetBars) expect(text).toContain(title);
    expect(text).toMatch(/at least 10 GB and tensor cores\s+34 %\s+23 %\s+23–34 %/);
    expect(text).toMatch(/press, 2023: about 20 %\. Only a bar between "at least 10 GB and tensor\s+cores"/);
    expect(text).toMatch(/Miners, 2023: 5 to 15 %\. The bar that gives it: "at least 12 GB and tensor\s+cores"/);
    expect(text).toMatch(/Trust is low/);
  });

  it('is never wider than 80 columns, nor is its list of cards', () => {
    for (const text of [renderFleet(assessed, 80), renderFleetEntries(assessed, 80)])
      expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });

  it('lists every name with its share, and marks what the catalogue lacks', () => {
    const unknown: FleetEntry = {
      ...{ name: 'Voodoo 9000', term: 'voodoo', trust: 'low' },
      vram: [{ vramBytes: 8 * GIB, ofNamePercent: 100 }],
      sharePercent: { nanopool: 1, hiveos: 1 },
    };
    const text = renderFleetEntries(assessFleet([...fleetEntries, unknown]), 80);
    expect(text).toMatch(/Voodoo 9000, 8 GiB \?\s+1\.00 %\s+1\.00 %\s+voodoo\s+–\s+–\s+–/);
    for (const { name } of fleetEntries) expect(text).toContain(name);
  });

  it('says as JSON what it says as text, with units in its keys', () => {
    const document = toFleetDocument(assessed);
    expect(document.bars.map(({ barId }) => barId)).toEqual(fleetBars.map(({ barId }) => barId));
    expect(document.bars[1]?.nanopool).toEqual({ lowPercent: 34.084, midPercent: 34.084, highPercent: 34.084 });
    expect(document.claims.map(({ withinBarIds }) => withinBarIds)).toEqual([[], ['vram-12-gib-tensor-cores']]);
    expect(document.entries.flatMap(({ cards }) => cards.map(({ vramBytes }) => vramBytes / GIB))).toContain(48);
    expect(document.entries.every(({ cards }) => cards.every(({ grade }) => grade !== null))).toBe(true);
  });

  it('answers from the command line, as text and as one JSON document', async () => {
    const [text, json] = await Promise.all([fleet(), fleet('--json')]);
    expect([text.status, json.status]).toEqual([0, 0]);
    expect(text.stdout).toBe(renderFleet(assessed, 80));
    expect(JSON.parse(json.stdout)).toEqual(JSON.parse(JSON.stringify(toFleetDocument(assessed))));
  });
});
