import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultError, isFault } from '@rerig/domain/fault';
import type { Rig } from '@rerig/domain/inventory';
import { expect, test } from 'vitest';
import { openExchange } from '../exchange.ts';
import { ensureDemoTenants } from './demo-tenants.ts';
import { readFarmInventory } from './read-farm-inventory.ts';

function rig(rigId: string, source: Rig['source']): Rig {
  const cards = [{ cardId: `${rigId}/01:00.0`, kind: 'gpu', name: 'RX 580 8GB', vendor: 'amd' }] as const;
  return { rigId, name: rigId, source, host: {}, cards, contradictions: [] };
}

test('the inventory of a data folder is read beside its server and without one; the example is none', {
  timeout: 120_000,
}, async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-inventory-'));
  try {
    expect(await readFarmInventory(dataFolder)).toBe(null);
    const exchange = await openExchange({ dataFolder, consoleDistFolder: '/nowhere' });
    if (isFault(exchange)) throw new FaultError(exchange);
    await ensureDemoTenants(exchange.database, 'tiny');
    await exchange.farm.setInventory({ farmName: 'Example farm', isExample: true, rigs: [rig('hive-1', 'hiveos')] });
    expect(await readFarmInventory(dataFolder)).toBe(null);
    const inventory = { farmName: 'Farm', isExample: false, rigs: [rig('hive-4', 'hiveos'), rig('rig07', 'files')] };
    await exchange.farm.setInventory(inventory);
    expect(await readFarmInventory(dataFolder)).toEqual(inventory);
    await exchange.close();
    expect(await readFarmInventory(dataFolder)).toEqual(inventory);
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
});
