import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { demoCustomerId, type Exchange, ensureDemoTenants, openExchange } from '@rerig/server/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const RERIG = join(import.meta.dirname, 'rerig.ts');
const LIMIT_MS = 60_000;
const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-keys-'));
let exchange: Exchange;

const createdSchema = z.object({ apiKeyId: z.string(), secret: z.string() });
const listSchema = z.object({
  keys: z.array(
    z.object({
      apiKeyId: z.string(),
      label: z.string(),
      revokedAt: z.string().nullable(),
      monthlyCapMicroUsd: z.string().nullable(),
      organisationMonthlyCapMicroUsd: z.string().nullable(),
      keyLimit: z.object({ requestsPerMinute: z.number().nullable(), tokensPerMinute: z.number().nullable() }),
      constraints: z.object({ regions: z.array(z.string()), isolation: z.string() }),
    }),
  ),
});

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function rerigKeys(...args: readonly string[]): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  const all = [RERIG, 'keys', ...args, '--data', dataFolder];
  execFile(process.execPath, all, { timeout: LIMIT_MS }, (error, stdout, stderr) => {
    resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
  });
  return promise;
}

async function listed() {
  const run = await rerigKeys('list', '--json');
  expect(run.status, run.stderr).toBe(0);
  return listSchema.parse(JSON.parse(run.stdout)).keys;
}

beforeAll(async () => {
  const opened = await openExchange({ dataFolder, consoleDistFolder: join(dataFolder, 'none') });
  if (isFault(opened)) expect.fail(opened.why);
  exchange = opened;
  const made = await ensureDemoTenants(exchange.database, 'tiny');
  if (isFault(made)) expect.fail(made.why);
}, LIMIT_MS);

afterAll(async () => {
  await exchange?.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('rerig keys, beside a running server', () => {
  it('makes a key that works at once, limits it, lists it without its secret, and revokes it within a second', {
    timeout: LIMIT_MS,
  }, async () => {
    const limits = [
      '--monthly-cap',
      '25.5',
      '--requests-per-minute',
      '60',
      '--region',
      'eu',
      '--isolation',
      'container',
    ];
    const run = await rerigKeys('create', '--organisation', demoCustomerId, '--label', 'ci', ...limits, '--json');
    expect(run.status, run.stderr).toBe(0);
    const { apiKeyId, secret } = createdSchema.parse(JSON.parse(run.stdout));
    expect(await exchange.isKeyValid(secret)).toBe(true);
    expect(await listed()).toMatchObject([
      {
        apiKeyId,
        label: 'ci',
        monthlyCapMicroUsd: '25500000',
        keyLimit: { requestsPerMinute: 60, tokensPerMinute: null },
        constraints: { regions: ['eu'], isolation: 'container' },
      },
    ]);
    const lifted = await rerigKeys('limit', apiKeyId, '--monthly-cap', 'none', '--region', 'any');
    expect(lifted.status, lifted.stderr).toBe(0);
    const ofAll = await rerigKeys('limit', '--organisation', demoCustomerId, '--monthly-cap', '9');
    expect(ofAll.status, ofAll.stderr).toBe(0);
    expect(await listed()).toMatchObject([
      { monthlyCapMicroUsd: null, organisationMonthlyCapMicroUsd: '9000000', constraints: { regions: [] } },
    ]);
    const text = await rerigKeys('list');
    expect(text.stdout).toContain(`${apiKeyId} (ci)`);
    expect(text.stdout).not.toContain(secret);
    for (const line of text.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect((await rerigKeys('revoke', apiKeyId)).status).toBe(0);
    await expect.poll(() => exchange.isKeyValid(secret), { timeout: 1000, interval: 20 }).toBe(false);
  });

  it('gives the secret alone on stdout, for a script', { timeout: LIMIT_MS }, async () => {
    const run = await rerigKeys('create', '--organisation', demoCustomerId);
    expect(run.stdout).toMatch(/^rk-[\w-]{43}\n$/);
    expect(run.stderr).toContain('shown once');
  });

  it('refuses unknown organisations and keys with 1, and wrong usage with 2', { timeout: LIMIT_MS }, async () => {
    const stranger = await rerigKeys('create', '--organisation', 'nobody');
    expect(stranger).toMatchObject({ status: 1, stdout: '' });
    expect(stranger.stderr).toContain(demoCustomerId);
    expect(await rerigKeys('revoke', 'key-none')).toMatchObject({ status: 1 });
    expect(await rerigKeys('limit', 'key-none')).toMatchObject({ status: 2 });
    expect(await rerigKeys('limit', 'key-none', '--monthly-cap', '-4')).toMatchObject({ status: 2 });
  });
});
