/**
 * How many requests a second the books admit and settle, and what CPU time each costs this process and PostgreSQL:
 * `node server/accounting-speed.ts [concurrency] [seconds]`. Prints one JSON line. Each request is settled before the
 * next of its client is admitted.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultError, InvariantError, isFault } from '@rerig/domain/fault';
import { fundTransfer } from '@rerig/domain/ledger';
import { Accounting } from './actions/accounting.ts';
import { issueApiKey } from './actions/api-keys.ts';
import { checkStoredLedger } from './actions/check-ledger.ts';
import { demoCustomerId, ensureDemoTenants } from './actions/demo-tenants.ts';
import { Directory } from './actions/directory.ts';
import { timeOrderedId } from './actions/time-ordered-id.ts';
import { openStore, type Store } from './store/database.ts';
import { DirectoryChanges } from './store/directory-changes.ts';
import { postTransfer } from './store/ledger-rows.ts';

/** Clock ticks of /proc a second, as Linux gives them to programs. */
const TICKS_PER_SECOND = 100;
const MODEL = 'tiny';
const BOUNDS = { promptTokens: 1000, completionTokens: 1000 };
const CREDIT_MICRO_USD = 100_000_000_000n;
const [concurrency = 32, durationSeconds = 10] = process.argv.slice(2).map(Number);

function orThrow<T>(value: T): Exclude<T, { readonly kind: 'fault' }> {
  if (isFault(value)) throw new FaultError(value);
  return parseSound(value);
}

function parseSound<T>(value: T): Exclude<T, { readonly kind: 'fault' }> {
  return value as Exclude<T, { readonly kind: 'fault' }>;
}

/** CPU seconds of every process that works in the cluster's folder. */
function postgresCpuSeconds(dataFolder: string): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const parent = readFileSync(`/proc/${fields[1]}/cmdline`, 'utf8');
      if (!`${command}${parent}`.includes(join(dataFolder, 'postgres'))) continue;
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // A process that ended meanwhile is none of the cluster that we measure.
    }
  }
  return ticks / TICKS_PER_SECOND;
}

async function measure(store: Store, dataFolder: string) {
  orThrow(await ensureDemoTenants(store.database, MODEL));
  orThrow(await postTransfer(store.database, orThrow(fundTransfer('fund:speed', demoCustomerId, CREDIT_MICRO_USD))));
  const { secret } = await issueApiKey(store.database, demoCustomerId, 'key-speed');
  const { accounting } = await Accounting.open(store, (error) => {
    throw error;
  });
  const directory: Directory = new Directory({ database: store.database, isCurrent: () => changes.isListening });
  const changes = new DirectoryChanges(store.cluster.address, () => directory.forget());
  const waitsMs: number[] = [];
  const one = async () => {
    const key = orThrow(await directory.authenticate(secret));
    const lease = orThrow(await directory.leases(key.caller.organisationId)).get(MODEL);
    if (lease === undefined) throw new InvariantError('the lease is gone');
    const requestId = `chatcmpl-${timeOrderedId()}`;
    const startedAtMs = performance.now();
    orThrow(await accounting.admit(key, lease, { requestId, model: MODEL, bounds: BOUNDS, priority: 'live' }));
    const usage = { prompt_tokens: 20, completion_tokens: 40, total_tokens: 60 };
    const delivery = { outcome: 'completed' as const, usage, durationMs: 12, firstTokenMs: 3, replicaId: 'replica-1' };
    orThrow(await accounting.settle(requestId, delivery));
    waitsMs.push(performance.now() - startedAtMs);
  };
  const client = async (endsAtMs: number) => {
    while (performance.now() < endsAtMs) await one();
  };
  const runAll = (ms: number) => Promise.all(Array.from({ length: concurrency }, () => client(performance.now() + ms)));
  await runAll(1000);
  waitsMs.length = 0;
  const before = { cpu: process.cpuUsage(), postgres: postgresCpuSeconds(dataFolder), atMs: performance.now() };
  await runAll(durationSeconds * 1000);
  const cpu = process.cpuUsage(before.cpu);
  const count = waitsMs.length;
  const postgres = postgresCpuSeconds(dataFolder) - before.postgres;
  const elapsedSeconds = (performance.now() - before.atMs) / 1000;
  await accounting.close();
  await changes.close();
  const report = orThrow(await checkStoredLedger(dataFolder));
  const sorted = waitsMs.toSorted((left, right) => left - right);
  return {
    concurrency,
    requestsPerSecond: Math.round(count / elapsedSeconds),
    ownCpuMicrosecondsPerRequest: Math.round((cpu.user + cpu.system) / count),
    postgresCpuMicrosecondsPerRequest: Math.round((postgres * 1e6) / count),
    waitP50Ms: Number(sorted[Math.floor(count / 2)]?.toFixed(2)),
    waitP99Ms: Number(sorted[Math.floor(count * 0.99)]?.toFixed(2)),
    requestCount: count,
    ledgerErrorCount: report.errors.length,
    openHoldCount: report.openHoldCount,
  };
}

const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-speed-'));
const store = orThrow(await openStore(dataFolder));
try {
  process.stdout.write(`${JSON.stringify(await measure(store, dataFolder))}\n`);
} finally {
  await store.close();
  rmSync(dataFolder, { recursive: true, force: true });
}
