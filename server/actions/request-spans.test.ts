import type { Observation } from '@rerig/gateway/gateway';
import { beginTrace, type FinishedSpan, randomHex } from '@rerig/telemetry/traces';
import { describe, expect, it } from 'vitest';
import { recordRequest } from './request-spans.ts';

const seen: Observation = {
  requestId: 'chatcmpl-1',
  clientRequestId: 'order 17',
  door: 'chat',
  model: 'tiny',
  organisationId: 'c',
  priority: 'live',
  replicaId: 'r',
  cardModel: 'RX 580 8GB',
  outcome: 'completed',
  faultCode: null,
  durationMs: 100,
  routedMs: 10,
  firstTokenMs: 40,
  promptTokenCount: 10,
  cachedTokenCount: 0,
  completionTokenCount: 4,
  triedCount: 1,
  trace: beginTrace(undefined, randomHex),
};

function spansOf(observation: Observation): readonly FinishedSpan[] {
  const spans: FinishedSpan[] = [];
  recordRequest({ record: (span) => spans.push(span), close: async () => undefined }, observation, 1_000);
  return spans;
}

describe("a request's spans", () => {
  it("carry our id, and the client's own where it has one", () => {
    expect(spansOf(seen)[0]?.attributes).toMatchObject({
      'rerig.request_id': 'chatcmpl-1',
      'rerig.client_request_id': 'order 17',
    });
    expect(spansOf({ ...seen, clientRequestId: null })[0]?.attributes).not.toHaveProperty('rerig.client_request_id');
  });

  it('follow one another: the wait for a replica, then the answer, to its end', () => {
    const [, ...parts] = spansOf(seen);
    expect(parts.map(({ name, startedAtMs, endedAtMs }) => [name, startedAtMs, endedAtMs])).toEqual([
      ['route', 900, 910],
      ['answer', 910, 1_000],
    ]);
  });

  it('are none where requests are not traced', () => {
    expect(spansOf({ ...seen, trace: null })).toEqual([]);
  });
});
