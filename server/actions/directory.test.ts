import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openStore, type Store } from '../store/database.ts';
import { DirectoryChanges } from '../store/directory-changes.ts';
import { changeOrganisation, revokeKey } from '../store/keys.ts';
import { issueApiKey } from './api-keys.ts';
import { demoCustomerId, ensureDemoTenants } from './demo-tenants.ts';
import { Directory } from './directory.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-directory-'));
let store: Store;
let directory: Directory;
let changes: DirectoryChanges;
let count = 0;

function newKey() {
  count += 1;
  return issueApiKey(store.database, demoCustomerId, `key-${count}`);
}

beforeAll(async () => {
  const opened = await openStore(dataFolder);
  if (isFault(opened)) expect.fail(opened.why);
  store = opened;
  const made = await ensureDemoTenants(store.database, 'tiny');
  if (isFault(made)) expect.fail(made.why);
  directory = new Directory({ database: store.database, isCurrent: () => changes.isListening });
  changes = new DirectoryChanges(store.cluster.address, () => directory.forget());
  await vi.waitFor(() => expect(changes.isListening).toBe(true));
}, 60_000);

afterAll(async () => {
  await changes?.close();
  await store?.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

/** Whether a key is in memory once nothing of it changes any more. */
async function isRemembered(secret: string, apiKeyId: string): Promise<boolean> {
  await directory.authenticate(secret);
  return directory.rememberedKey(apiKeyId) !== undefined;
}

describe('the directory', () => {
  it('knows a key by its secret, stored as a hash alone, and shows no more than 4 characters of another', async () => {
    const { secret, apiKeyId } = await newKey();
    expect(await directory.authenticate(secret)).toMatchObject({
      caller: { apiKeyId, organisationId: demoCustomerId },
    });
    const refused = await directory.authenticate(`${secret}-wrong`);
    expect(refused).toMatchObject({ code: 'invalid_api_key' });
    expect(JSON.stringify(refused)).not.toContain(secret);
    const rows = await store.database.selectFrom('api_key').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('answers from memory, and forgets a revoked key and changed limits within a second', async () => {
    const { secret, apiKeyId } = await newKey();
    await expect.poll(() => isRemembered(secret, apiKeyId)).toBe(true);
    expect(await directory.authenticate(secret)).toBe(await directory.authenticate(secret));
    await changeOrganisation(store.database, demoCustomerId, { requestsPerMinute: 7 });
    await expect
      .poll(() => directory.authenticate(secret), { timeout: 1000, interval: 10 })
      .toMatchObject({ caller: { organisationLimit: { requestsPerMinute: 7 } } });
    await expect.poll(() => isRemembered(secret, apiKeyId)).toBe(true);
    await revokeKey(store.database, apiKeyId);
    await expect
      .poll(() => directory.authenticate(secret), { timeout: 1000, interval: 10 })
      .toMatchObject({ code: 'invalid_api_key' });
    expect(await directory.key(apiKeyId)).toMatchObject({ code: 'invalid_api_key' });
  });

  it('knows a key that is made after its secret was tried', async () => {
    const { secret } = await newKey();
    const hashed = await store.database.selectFrom('api_key').select('secret_sha256').executeTakeFirst();
    expect(hashed).toBeDefined();
    await sql`update api_key set revoked_at = now()`.execute(store.database);
    await expect.poll(() => directory.authenticate(secret)).toMatchObject({ code: 'invalid_api_key' });
    await sql`update api_key set revoked_at = null`.execute(store.database);
    await expect.poll(() => directory.authenticate(secret), { timeout: 1000 }).toMatchObject({ caller: {} });
  });

  it('tells of leases that begin and end', async () => {
    const models = async () => {
      const leases = await directory.leases(demoCustomerId);
      return isFault(leases) ? [] : [...leases.keys()];
    };
    expect(await models()).toEqual(['tiny']);
    await ensureDemoTenants(store.database, 'other');
    await expect.poll(models, { timeout: 1000 }).toEqual(['other', 'tiny']);
    await store.database.updateTable('lease').set({ ended_at: new Date() }).where('model', '=', 'tiny').execute();
    await expect.poll(models, { timeout: 1000 }).toEqual(['other']);
  });

  it('remembers nothing while its connection is lost, and listens again by itself', async () => {
    const { secret, apiKeyId } = await newKey();
    await expect.poll(() => isRemembered(secret, apiKeyId)).toBe(true);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'`.execute(
      store.database,
    );
    await expect.poll(() => directory.rememberedKey(apiKeyId), { interval: 2 }).toBeUndefined();
    await expect.poll(() => changes.isListening, { timeout: 5000 }).toBe(true);
    await expect.poll(() => isRemembered(secret, apiKeyId)).toBe(true);
  });
});
