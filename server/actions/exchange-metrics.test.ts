import type { Observation } from '@rerig/gateway/gateway';
import { describe, expect, it } from 'vitest';
import { ExchangeMetrics } from './exchange-metrics.ts';

const seen: Observation = {
  requestId: 'chatcmpl-1',
  clientRequestId: null,
  door: 'chat',
  model: 'rigger-5m',
  organisationId: 'customer',
  priority: 'live',
  replicaId: 'r1',
  cardModel: 'RX 580 8GB',
  outcome: 'completed',
  faultCode: null,
  durationMs: 1100,
  routedMs: 0,
  firstTokenMs: 100,
  promptTokenCount: 20,
  cachedTokenCount: 8,
  completionTokenCount: 11,
  triedCount: 1,
  trace: null,
};

function openMetrics(): ExchangeMetrics {
  const demand = new Map([
    ['rigger-5m', { waitingCount: 1, queuedCount: 2, answeringCount: 3, oldestWaitMs: 5, tokensPerSecond: 7 }],
  ]);
  const activity = {
    ...{ requestCount: 1, openRequestCount: 0, promptTokens: 20, completionTokens: 11 },
    chargedMicroUsd: 42n,
  };
  return new ExchangeMetrics(() => ({ demand, replicas: [], activity }));
}

describe('the metrics of an exchange', () => {
  it('count requests, tokens, waits and money by model, card model and organisation', async () => {
    const metrics = openMetrics();
    metrics.observe(seen);
    metrics.observe({ ...seen, outcome: 'refused', faultCode: 'insufficient_quota', firstTokenMs: null });
    const text = await metrics.render();
    for (const line of [
      'rerig_requests_total{door="chat",model="rigger-5m",card_model="RX 580 8GB",organisation="customer",priority="live",outcome="completed",code=""} 1',
      'rerig_tokens_total{kind="cached",model="rigger-5m",card_model="RX 580 8GB",organisation="customer"} 16',
      'rerig_time_to_first_token_seconds_count{model="rigger-5m",card_model="RX 580 8GB"} 1',
      'rerig_inter_token_seconds_sum{model="rigger-5m",card_model="RX 580 8GB"} 0.1',
      'rerig_requests_under_way{model="rigger-5m",stage="answering"} 3',
      'rerig_charged_micro_usd_total 42',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toContain('code="insufficient_quota"');
  });

  it('count each request once, however often they are read and however many kinds of them there are', async () => {
    const metrics = openMetrics();
    const countOf = async () => {
      const lines = (await metrics.render()).matchAll(/^rerig_(requests|replica_tries)_total.* (\d+)$/gm);
      return Array.from(lines).reduce((sum, [, , count]) => sum + Number(count), 0);
    };
    for (let index = 0; index < 2_500; index += 1) metrics.observe({ ...seen, faultCode: `code-${index % 1_250}` });
    expect(await countOf()).toBe(5_000);
    expect(await countOf()).toBe(5_000);
    metrics.observe(seen);
    expect(await countOf()).toBe(5_002);
  });

  it('hold no more organisations apart than their bound, however many come', async () => {
    const metrics = openMetrics();
    for (let index = 0; index < 700; index += 1) metrics.observe({ ...seen, organisationId: `org-${index}` });
    const text = await metrics.render();
    const organisations = new Set(Array.from(text.matchAll(/organisation="([^"]+)"/g), ([, name]) => name));
    expect(organisations.size).toBe(501);
    expect(organisations).toContain('other');
  });
});
