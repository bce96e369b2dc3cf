import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayFaultFacts } from './faults.ts';

describe('faults of the gateway', () => {
  it('are all in the page on inference, with their status and whether to try again', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/inference.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)` +\| (\d{3}) +\| ([\w-]+) +\| [^|]+\|$/gm)];
    const told = rows.map(([, code, status, retry]) => ({ code, status: Number(status), retry }));
    const byCode = (one: { readonly code?: string | undefined }, other: { readonly code?: string | undefined }) =>
      String(one.code) < String(other.code) ? -1 : 1;
    expect(told.toSorted(byCode)).toEqual(gatewayFaultFacts().toSorted(byCode));
  });
});
