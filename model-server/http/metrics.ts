import type { BatcherState } from '../batching/batcher.ts';
import type { RequestContext, RequestEnd, RequestObserver } from './request-context.ts';

/** Upper bounds of what is counted in a histogram, in seconds. */
const FIRST_TOKEN_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const BETWEEN_TOKENS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const DURATION_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What only the moment of asking knows. */
export interface MetricsMoment {
  readonly model: string;
  readonly slotCount: number;
  readonly batcher: BatcherState | undefined;
  readonly rssBytes: number;
}

/**
 * What the server has done, in Prometheus' text format 0.0.4, written by hand: a metrics library would take more memory
 * than all of it. No names of customers and no words of theirs.
 */
export class Metrics implements RequestObserver {
  readonly #requests = new Map<string, number>();
  readonly #tokens = { prompt: 0, cachedPrompt: 0, completion: 0 };
  readonly #firstToken = new Histogram(FIRST_TOKEN_SECONDS);
  readonly #betweenTokens = new Histogram(BETWEEN_TOKENS_SECONDS);
  readonly #duration = new Histogram(DURATION_SECONDS);

  onTokens(_: RequestContext, tokenCount: number, sinceLastMs: number, isFirst: boolean): void {
    if (isFirst) this.#firstToken.observe(sinceLastMs / 1000, 1);
    else if (tokenCount > 0) this.#betweenTokens.observe(sinceLastMs / 1000 / tokenCount, tokenCount);
  }

  onEnd(context: RequestContext, end: RequestEnd): void {
    const key = `door="${context.door}",priority="${context.priority}",outcome="${end.outcome}"`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    this.#tokens.prompt += end.counts.promptTokens;
    this.#tokens.cachedPrompt += end.counts.cachedPromptTokens;
    this.#tokens.completion += end.counts.completionTokens;
    this.#duration.observe(end.durationMs / 1000, 1);
  }

  render({ model, slotCount, batcher, rssBytes }: MetricsMoment): string {
    const labels = `model="${escapeLabel(model)}"`;
    const metric = (name: string, type: string, help: string, rows: readonly string[]) =>
      [`# HELP rerig_model_server_${name} ${help}`, `# TYPE rerig_model_server_${name} ${type}`, ...rows].join('\n');
    const single = (name: string, type: string, help: string, value: number) =>
      metric(name, type, help, [`rerig_model_server_${name}{${labels}} ${value}`]);
    const spread = (name: string, help: string, histogram: Histogram) =>
      metric(name, 'histogram', help, histogram.rows(`rerig_model_server_${name}`, labels));
    const requests = Array.from(
      this.#requests,
      ([key, count]) => `rerig_model_server_requests_total{${labels},${key}} ${count}`,
    );
    const parts = [
      metric('requests_total', 'counter', 'Requests that have ended.', requests),
      single('prompt_tokens_total', 'counter', 'Tokens of prompts.', this.#tokens.prompt),
      single('cached_prompt_tokens_total', 'counter', 'Of those, found in the cache.', this.#tokens.cachedPrompt),
      single('completion_tokens_total', 'counter', 'Tokens written.', this.#tokens.completion),
      spread('time_to_first_token_seconds', 'From the request to its first tokens.', this.#firstToken),
      spread('inter_token_seconds', 'From one token of an answer to the next.', this.#betweenTokens),
      spread('request_duration_seconds', 'From the request to its end.', this.#duration),
      single('slots', 'gauge', 'Sequences that are computed at once, at most.', slotCount),
      single('resident_memory_bytes', 'gauge', 'Host memory of the process.', rssBytes),
    ];
    if (batcher) {
      parts.push(
        single('running_requests', 'gauge', 'Sequences in a slot.', batcher.runningCount),
        single('waiting_requests', 'gauge', 'Sequences that wait for a slot.', batcher.waitingCount),
        single('steps_total', 'counter', 'Passes of the model.', batcher.stepCount),
        single(
          'generated_tokens_total',
          'counter',
          'Tokens computed, those of broken-off answers too.',
          batcher.generatedTokenCount,
        ),
      );
    }
    return `${parts.join('\n')}\n`;
  }
}

/** Counts by upper bound. */
class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  /** Counts `times` values of `value`. */
  observe(value: number, times: number): void {
    this.#sum += value * times;
    this.#count += times;
    const at = this.#bounds.findIndex((bound) => value <= bound);
    if (at >= 0) this.#counts[at] = (this.#counts[at] ?? 0) + times;
  }

  rows(name: string, labels: string): readonly string[] {
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => {
      below += this.#counts[index] ?? 0;
      return `${name}_bucket{${labels},le="${bound}"} ${below}`;
    });
    return [
      ...buckets,
      `${name}_bucket{${labels},le="+Inf"} ${this.#count}`,
      `${name}_sum{${labels}} ${this.#sum}`,
      `${name}_count{${labels}} ${this.#count}`,
    ];
  }
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
