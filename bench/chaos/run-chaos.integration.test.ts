import { expect, test } from 'vitest';
import { runChaos } from './run-chaos.ts';

const LIMIT_MS = 120_000;

test(
  'replicas that are killed under open streams cost no request its first token, no silence, and no wrong charge',
  async () => {
    const plan = { replicaCount: 3, streamCount: 24, durationMs: 12_000, killEveryMs: 3000, tokensPerStream: 200 };
    const report = await runChaos(plan, () => undefined);
    expect(report).toMatchObject({ violations: [], mismatches: [] });
    expect(report).toMatchObject({ ledgerErrorCount: 0, openHoldCount: 0, unchargedRequestCount: 0 });
    expect(report.endCounts).toMatchObject({ 'failed-before-first-token': 0, 'broken-silently': 0 });
    expect(report.tokensCharged).toBe(report.tokensDelivered);
    expect(report.killCount).toBeGreaterThanOrEqual(3);
    expect(report.endCounts['honest-error']).toBeGreaterThan(0);
    expect(report.endCounts.completed).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
