import { type CardModel, matchCard } from '@rerig/domain/cards';
import {
  parseQuantization,
  type SpeedCase,
  type SpeedConditions,
  type SpeedRequest,
  type SpeedRoute,
  speedCardOf,
} from '@rerig/domain/grading';
import { GIB } from '@rerig/domain/quantity';
import { parse } from 'csv-parse/sync';

/** One measurement of one card: what was run, and the tokens a second that it gave. */
export interface SpeedRow {
  readonly phase: 'generate' | 'prompt';
  /** Rows of one group are left out together when a fit is tried on what it has not seen. */
  readonly cardGroup: string;
  readonly model: CardModel;
  readonly case: SpeedCase;
  readonly tokensPerSecond: number;
  readonly modelName: string;
  readonly quantization: string;
  readonly test: string;
  readonly quality: string;
  readonly source: string;
}

/** What was read, and why the rest was not used: counts by reason. */
export interface SpeedRows {
  readonly rows: readonly SpeedRow[];
  readonly leftOut: Readonly<Record<string, number>>;
}

type Columns = Readonly<Record<string, string>>;
type Outcome = SpeedRow | string;

/** What a card holds beside a model's weights at least: a context of some hundred tokens, buffers, the driver. */
const LEAST_BESIDE_BYTES = 0.33 * GIB;

/** The share of VRAM that drivers let a program use at most. */
const USABLE_SHARE = 0.985;

/** Reads a table of measurements with the columns of llm-bench.csv. Throws what the CSV library throws. */
export function parseSpeedRows(csvText: string): SpeedRows {
  const rows: SpeedRow[] = [];
  const leftOut: Record<string, number> = {};
  for (const columns of parse<Columns>(csvText, { columns: true })) {
    const outcome = rowOf(columns);
    if (typeof outcome === 'string') leftOut[outcome] = (leftOut[outcome] ?? 0) + 1;
    else rows.push(outcome);
  }
  return { rows, leftOut };
}

function rowOf(columns: Columns): Outcome {
  const of = (name: string) => columns[name] ?? '';
  const reason = unusableReason(columns);
  if (reason !== undefined) return reason;
  const phase = of('phase') === 'prompt' ? 'prompt' : 'generate';
  const quantization = parseQuantization(of('quant'));
  const parameterCount = Number(of('params_b')) * 1e9;
  if (quantization === undefined || !isPositive(parameterCount)) return 'parameters or quantisation not stated';
  const tokensPerSecond = Number(of('tokens_s'));
  if (!isPositive(tokensPerSecond)) return 'no speed that is a number above 0';
  const isMixtureUnstated = of('active_params_b') === '' && /A\d+B|MoE/.test(of('model') + of('notes'));
  if (isMixtureUnstated) return 'a mixture whose active parameters are not stated';
  const activeParameterCount = of('active_params_b') === '' ? parameterCount : Number(of('active_params_b')) * 1e9;
  const weightsBytes =
    of('model_size_gib') === ''
      ? (parameterCount * quantization.bitsPerWeight) / 8
      : Number(of('model_size_gib')) * GIB;
  if (!isPositive(activeParameterCount) || !isPositive(weightsBytes)) return 'parameters or quantisation not stated';
  const model = modelThatHolds(of('card'), weightsBytes);
  if (model === undefined) return 'the model does not fit in the card’s VRAM, or the card is not known';
  const card = speedCardOf(model, !/stock/.test(of('card')));
  if (card === undefined) return 'the catalogue lacks a figure of the card';
  const request: SpeedRequest = {
    parameterCount,
    activeParameterCount,
    weightsBytes,
    quantizationClass: quantization.class,
    ...tokenCounts(of('test'), of('notes')),
  };
  return {
    phase,
    cardGroup: of('card_group'),
    model,
    case: { card, route: routeOf(of('backend')), request, conditions: conditionsOf(columns) },
    tokensPerSecond,
    modelName: of('model'),
    quantization: of('quant'),
    test: of('test'),
    quality: of('quality'),
    source: of('source'),
  };
}

/** A number above 0, as a logarithm needs: one row without would make every fitted term no number. */
function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

function unusableReason(columns: Columns): string | undefined {
  const { n_gpus: cardCount, quality = '', test = '', runtime, card = '', quant = '' } = columns;
  if (cardCount !== '1') return 'several cards';
  if (quality !== 'A' && quality !== 'B') return 'quality C';
  if (/mtp|c12/.test(test)) return 'speculative or several streams';
  if (runtime === 'vllm') return 'not llama.cpp';
  if (/patched/.test(card)) return 'a patched llama.cpp';
  if (/Q1_0/.test(quant)) return 'one-bit weights';
  return undefined;
}

/** The card model of a name; of several, the one with the least VRAM that holds the model. */
function modelThatHolds(name: string, weightsBytes: number): CardModel | undefined {
  const match = matchCard({ name: name.replace(/\((stock|unlocked).*\)/, '') });
  const models = match.kind === 'matched' ? [match.model] : match.kind === 'ambiguous' ? match.models : [];
  return models
    .filter(({ vramBytes = 0 }) => weightsBytes + LEAST_BESIDE_BYTES < vramBytes * USABLE_SHARE)
    .toSorted((one, other) => (one.vramBytes ?? 0) - (other.vramBytes ?? 0))[0];
}

/** Tokens of the prompt and of the answer, from the test's name: `pp512`, `tg128`, `gen 128 (prompt 4096)`, `gen@16k`. */
function tokenCounts(
  test: string,
  notes: string,
): {
  readonly promptTokenCount: number;
  readonly generateTokenCount: number;
} {
  const [, atThousands] = /@(\d+)k/.exec(test) ?? [];
  const [, prompt] = /(?:prompt |pp~?)(\d+)/.exec(test) ?? [];
  const [, noted] = /(\d+)-token prompt/.exec(notes) ?? [];
  const promptTokenCount = Number(prompt ?? noted ?? (atThousands === undefined ? 512 : Number(atThousands) * 1000));
  return { promptTokenCount, generateTokenCount: 128 };
}

function routeOf(backend: string): SpeedRoute {
  return backend === 'cuda' || backend === 'vulkan' ? backend : 'rocm';
}

function conditionsOf(columns: Columns): SpeedConditions {
  return {
    isLocalScore: columns.runtime === 'llamafile/LocalScore',
    isRouteUnstated: columns.backend === 'rocm/vulkan',
    isNarrowHost: /^x1 /.test(columns.pcie ?? ''),
  };
}
