import type { RouteName, Vendor } from '../cards.ts';
import type { Bytes } from '../quantity.ts';
import { vectorExtensionOf } from './cpu.ts';
import type { Measurement } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import { known } from './fields.ts';
import { cardNameOf } from './miners/card-name.ts';
import { tokensRefusal } from './plausible-tokens.ts';
import { rigOfFile } from './rig-key.ts';
import type { FormatRead, SightedCard } from './sighting.ts';
import { sourceText } from './source-text.ts';

/** One test of llama-bench, from whichever of its outputs. */
export interface BenchRow {
  /** `llama 7B Q4_0`. */
  readonly modelName: string;
  readonly weightsBytes: Bytes | undefined;
  readonly parameterCount: number | undefined;
  /** `CUDA`, `ROCm`, `Vulkan`, `CPU`, `CUDA,BLAS`. */
  readonly backend: string;
  /** How many of the model's layers were put on cards; undefined where it is not told, which means all. */
  readonly layerCount: number | undefined;
  /** The place of the one card that it ran on; undefined where it may have run on all. */
  readonly cardPlace: number | undefined;
  readonly promptCount: number;
  readonly generateCount: number;
  /** Tokens that were in the context before the test. */
  readonly depthCount: number;
  readonly tokensPerSecond: number;
  /** For telling faults: `pp512`. */
  readonly test: string;
}

/** What llama-bench says of one machine. */
export interface BenchRun {
  readonly rows: readonly BenchRow[];
  /** The cards that it found, in its own order; none where its output does not name them. */
  readonly cardNames: readonly string[];
  readonly cpuName?: string | undefined;
  readonly ranAt?: string | undefined;
  readonly faults?: readonly InventoryFault[];
}

/** Below these a test says more of its start than of the card. */
const LEAST_PROMPT_TOKENS = 64;
const LEAST_GENERATED_TOKENS = 16;

/** Makes a sighting: speeds go to the card that they were measured on, and those of several cards to none. */
export function readBenchRun(run: BenchRun, source: string): FormatRead {
  const isOnCards = run.rows.some((row) => routeOf(row.backend) !== undefined);
  const unnamed: readonly (string | undefined)[] = run.cardNames.length > 0 ? run.cardNames : [undefined];
  const cardNames = isOnCards || run.cardNames.length > 0 ? unnamed : [];
  const judged = run.rows.map((row) => judge(row, cardNames, source));
  const cards = cardNames.map((name, place) => cardOf(name, place, judged, vendorOfRows(run.rows)));
  const faults = [...(run.faults ?? []), ...judged.flatMap(({ fault }) => fault ?? [])];
  const host = run.cpuName === undefined ? {} : { cpu: cpuOf(run.cpuName) };
  if (cards.length === 0) {
    if (faults.length === 0) faults.push(noCard(source));
    return { sightings: [], faults };
  }
  const sighting = { format: 'llama-bench' as const, source, ...rigOfFile(source), host, cards };
  return { sightings: [known({ ...sighting, sentAt: run.ranAt })], faults };
}

function cpuOf(modelName: string) {
  return { modelName, vectorExtension: vectorExtensionOf(modelName) };
}

interface Judged {
  readonly place?: number;
  readonly measurement?: Measurement;
  readonly fault?: InventoryFault;
}

function judge(row: BenchRow, cardNames: readonly (string | undefined)[], source: string): Judged {
  const routeName = routeOf(row.backend);
  if (routeName === undefined) return { fault: refused(row, source, 'It ran on the processor.') };
  const place = row.cardPlace ?? (cardNames.length === 1 ? 0 : undefined);
  if (place === undefined || place >= cardNames.length) {
    return { fault: refused(row, source, `It ran on ${cardNames.length} cards together, and tells nothing of one.`) };
  }
  const phase = phaseOf(row);
  if (phase === undefined) return { fault: refused(row, source, 'It mixes prompt and answer, or is too short.') };
  if (isPartial(row)) {
    return { fault: refused(row, source, `With ${row.layerCount} layers on the card a part ran on the processor.`) };
  }
  const measurement = known({
    kind: 'tokens' as const,
    phase,
    tokensPerSecond: row.tokensPerSecond,
    modelName: row.modelName,
    parameterCount: row.parameterCount,
    weightsBytes: row.weightsBytes,
    routeName,
    source: `llama-bench ${row.test}, ${sourceText(source)}`,
  });
  const refusal = tokensRefusal(measurement, known({ name: cardNames[place] }));
  return refusal === undefined
    ? { place, measurement }
    : { fault: refused(row, source, refusal, 'inventory-implausible') };
}

/** llama-bench does not say which CUDA it was built with; both run its kernels alike. */
function routeOf(backend: string): RouteName | undefined {
  if (/cuda/i.test(backend)) return 'cuda-12';
  if (/rocm|hip/i.test(backend)) return 'rocm';
  return /vulkan/i.test(backend) ? 'vulkan' : undefined;
}

function vendorOfRows(rows: readonly BenchRow[]): Vendor | undefined {
  const routes = new Set(rows.map((row) => routeOf(row.backend)));
  if (routes.size !== 1) return undefined;
  return routes.has('cuda-12') ? 'nvidia' : routes.has('rocm') ? 'amd' : undefined;
}

/** A prompt or an answer alone, with nothing before it: what `pp512` and `tg128` measure. */
function phaseOf({ promptCount, generateCount, depthCount }: BenchRow): 'prompt' | 'generate' | undefined {
  if (depthCount > 0 || (promptCount > 0 && generateCount > 0)) return undefined;
  if (promptCount >= LEAST_PROMPT_TOKENS) return 'prompt';
  return generateCount >= LEAST_GENERATED_TOKENS ? 'generate' : undefined;
}

/** Layers that models of so many parameters have at most, as generally known of Llama, Qwen, Gemma and Mistral. */
const mostLayers: readonly (readonly [parameterCount: number, layerCount: number])[] = [
  [2e9, 37],
  [5e9, 43],
  [10e9, 49],
  [16e9, 57],
  [36e9, 81],
  [80e9, 97],
];

/** From 99 on llama-bench means all layers, and -1 too. */
function isPartial({ layerCount, parameterCount }: BenchRow): boolean {
  if (layerCount === undefined || layerCount < 0 || layerCount >= 99) return false;
  const most = mostLayers.find(([count]) => (parameterCount ?? Number.POSITIVE_INFINITY) <= count)?.[1];
  return most === undefined || layerCount < most;
}

function cardOf(
  name: string | undefined,
  place: number,
  judged: readonly Judged[],
  routeVendor: Vendor | undefined,
): SightedCard {
  const named = cardNameOf(name);
  const measurements = judged.flatMap((each) =>
    each.place === place && each.measurement !== undefined ? [each.measurement] : [],
  );
  return known({
    position: place,
    kind: 'gpu' as const,
    name: named?.name ?? name,
    vendor: named?.vendor ?? routeVendor,
    measurements: measurements.length === 0 ? undefined : measurements,
  });
}

function refused(
  { test, modelName, tokensPerSecond }: BenchRow,
  source: string,
  why: string,
  code: 'inventory-implausible' | 'inventory-measurement-refused' = 'inventory-measurement-refused',
): InventoryFault {
  return inventoryFault(code, {
    what: `${source} measures ${test} of ${modelName} at ${tokensPerSecond} tokens a second, which is not taken as a card’s.`,
    why,
    mend: 'Measure one card with all layers on it: llama-bench -m MODEL -ngl 99 -sm none -mg 0.',
  });
}

function noCard(source: string): InventoryFault {
  return inventoryFault('inventory-no-card', {
    what: `${source} lists no card.`,
    why: 'It is output of llama-bench without a test on a card.',
    mend: 'Run llama-bench with a build for the card: CUDA, ROCm or Vulkan.',
  });
}
