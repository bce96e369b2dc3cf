import type { ModelDemand, Observation } from '@rerig/gateway/gateway';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Activity } from './accounting.ts';
import type { ReplicaReport } from './replica-report.ts';

/** Upper bounds, in seconds: from a token of a small model on a fast card to an answer on a slow one. */
const FIRST_TOKEN_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const BETWEEN_TOKENS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const DURATION_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Values of a label that are told apart; those that come later are "other", so that memory is bounded. */
const LABEL_VALUES_MAX = 500;
const OTHER = 'other';

/** What only the moment of asking knows. */
export interface MetricsMoment {
  readonly demand: ReadonlyMap<string, ModelDemand>;
  readonly replicas: readonly ReplicaReport[];
  readonly activity: Activity;
}

/** Tallies that wait to be counted at once. */
const TALLIES_MAX = 1_000;

interface RequestLabels {
  readonly door: string;
  readonly model: string;
  readonly card_model: string;
  readonly organisation: string;
  readonly priority: string;
  readonly outcome: string;
  readonly code: string;
}

/** Requests with the same labels since the last look: the library's counters take a microsecond each. */
class Tally {
  readonly labels: RequestLabels;
  readonly tokenCounts = { prompt: 0, cached: 0, completion: 0 };
  requestCount = 0;
  triedCount = 0;

  constructor(labels: RequestLabels) {
    this.labels = labels;
  }

  add(seen: Observation): void {
    this.requestCount += 1;
    this.triedCount += seen.triedCount;
    this.tokenCounts.prompt += seen.promptTokenCount;
    this.tokenCounts.cached += seen.cachedTokenCount;
    this.tokenCounts.completion += seen.completionTokenCount;
  }
}

/**
 * What the exchange has done, for Prometheus: requests, tokens, waits, money, by model, card model and organisation. It
 * holds numbers and names alone, no word of a request or an answer.
 */
export class ExchangeMetrics {
  readonly #registry = new Registry();
  readonly #readMoment: () => MetricsMoment;
  readonly #known = new Map<string, Set<string>>();
  readonly #tallies = new Map<string, Tally>();
  readonly #requests: Counter;
  readonly #tokens: Counter;
  readonly #firstToken: Histogram;
  readonly #betweenTokens: Histogram;
  readonly #duration: Histogram;
  readonly #routed: Histogram;
  readonly #tries: Counter;

  constructor(readMoment: () => MetricsMoment) {
    this.#readMoment = readMoment;
    const registers = [this.#registry];
    const served = ['model', 'card_model'] as const;
    this.#requests = new Counter({
      name: 'rerig_requests_total',
      help: 'Requests that have ended; code is the fault that ended it, or empty.',
      labelNames: ['door', ...served, 'organisation', 'priority', 'outcome', 'code'],
      registers,
    });
    this.#tokens = new Counter({
      name: 'rerig_tokens_total',
      help: 'Tokens that were metered; those of kind cached are among those of kind prompt.',
      labelNames: ['kind', ...served, 'organisation'],
      registers,
    });
    const spread = (name: string, help: string, buckets: number[], labelNames: readonly string[]) =>
      new Histogram({ name, help, buckets, labelNames, registers });
    this.#firstToken = spread(
      'rerig_time_to_first_token_seconds',
      'From admission to the first token.',
      FIRST_TOKEN_SECONDS,
      served,
    );
    this.#betweenTokens = spread(
      'rerig_inter_token_seconds',
      'From one token of an answer to the next, as the mean of each answer.',
      BETWEEN_TOKENS_SECONDS,
      served,
    );
    this.#duration = spread('rerig_request_duration_seconds', 'From its beginning to its end.', DURATION_SECONDS, [
      'door',
      'model',
      'priority',
    ]);
    this.#routed = spread(
      'rerig_routing_seconds',
      'From its beginning until a replica was chosen, cold starts included.',
      DURATION_SECONDS,
      ['model'],
    );
    this.#tries = new Counter({
      name: 'rerig_replica_tries_total',
      help: 'Replicas that were asked; more than requests where some failed before their first token.',
      labelNames: ['model'],
      registers,
    });
    this.#openGauges(registers);
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Takes a request that has ended. */
  observe(seen: Observation): void {
    const model = this.#bounded('model', seen.model);
    const organisation = this.#bounded('organisation', seen.organisationId);
    const card_model = this.#bounded('card', seen.cardModel ?? 'none');
    const { door, priority, outcome } = seen;
    const served = { model, card_model, organisation };
    this.#tallyOf({ door, ...served, priority, outcome, code: seen.faultCode ?? '' }).add(seen);
    this.#duration.observe({ door, model, priority }, seen.durationMs / 1000);
    if (seen.routedMs !== null) this.#routed.observe({ model }, seen.routedMs / 1000);
    if (seen.firstTokenMs === null) return;
    this.#firstToken.observe({ model, card_model }, seen.firstTokenMs / 1000);
    const laterCount = seen.completionTokenCount - 1;
    const laterMs = seen.durationMs - (seen.routedMs ?? 0) - seen.firstTokenMs;
    if (laterCount > 0 && laterMs > 0) {
      this.#betweenTokens.observe({ model, card_model }, laterMs / 1000 / laterCount);
    }
  }

  /** All of it, in Prometheus' text format. */
  render(): Promise<string> {
    this.#countTallies();
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #openGauges(registers: Registry[]): void {
    const readMoment = this.#readMoment;
    const bounded = (name: string, value: string) => this.#bounded(name, value);
    new Gauge({
      name: 'rerig_requests_under_way',
      help: 'Requests now: waiting for a replica to start, queued before their first token, being answered.',
      labelNames: ['model', 'stage'],
      registers,
      collect() {
        this.reset();
        for (const [name, { waitingCount, queuedCount, answeringCount }] of readMoment().demand) {
          const model = bounded('model', name);
          this.inc({ model, stage: 'waiting' }, waitingCount);
          this.inc({ model, stage: 'queued' }, queuedCount);
          this.inc({ model, stage: 'answering' }, answeringCount);
        }
      },
    });
    new Gauge({
      name: 'rerig_replicas',
      help: 'Replicas now, by the state of their workload.',
      labelNames: ['model', 'state'],
      registers,
      collect() {
        this.reset();
        for (const { model, workloadState } of readMoment().replicas) {
          this.inc({ model: bounded('model', model ?? 'none'), state: workloadState });
        }
      },
    });
    new Counter({
      name: 'rerig_charged_micro_usd_total',
      help: 'Charges of all requests that were ever metered, in millionths of a US dollar.',
      registers,
      collect() {
        this.reset();
        this.inc(Number(readMoment().activity.chargedMicroUsd));
      },
    });
  }

  #tallyOf(labels: RequestLabels): Tally {
    const { door, model, card_model, organisation, priority, outcome, code } = labels;
    const key = `${door}\n${model}\n${card_model}\n${organisation}\n${priority}\n${outcome}\n${code}`;
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      if (this.#tallies.size >= TALLIES_MAX) this.#countTallies();
      tally = new Tally(labels);
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  #countTallies(): void {
    for (const { labels, requestCount, triedCount, tokenCounts } of this.#tallies.values()) {
      const { model, card_model, organisation } = labels;
      this.#requests.inc({ ...labels }, requestCount);
      for (const [kind, count] of Object.entries(tokenCounts)) {
        if (count > 0) this.#tokens.inc({ kind, model, card_model, organisation }, count);
      }
      if (triedCount > 0) this.#tries.inc({ model }, triedCount);
    }
    this.#tallies.clear();
  }

  #bounded(label: string, value: string): string {
    const values = this.#known.get(label) ?? new Set<string>();
    this.#known.set(label, values);
    if (values.has(value)) return value;
    if (values.size >= LABEL_VALUES_MAX) return OTHER;
    values.add(value);
    return value;
  }
}
