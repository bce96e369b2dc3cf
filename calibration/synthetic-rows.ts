import { cardModels } from '@rerig/domain/cards';
import { InvariantError } from '@rerig/domain/fault';
import {
  type QuantizationClass,
  type SpeedCoefficients,
  type SpeedRequest,
  type SpeedRoute,
  speedCardOf,
} from '@rerig/domain/grading';
import { logSpeedOf } from './fit.ts';
import type { SpeedRow } from './speed-rows.ts';

/** Cards of every line that is measured, old and new, by the routes that drive them. */
const cards: readonly (readonly [modelId: string, route: SpeedRoute])[] = [
  ['gtx-1080-ti', 'cuda'],
  ['rtx-2080-ti', 'cuda'],
  ['rtx-3060-12gb', 'cuda'],
  ['rtx-3090', 'cuda'],
  ['rtx-4090', 'cuda'],
  ['a100-pcie-40gb', 'cuda'],
  ['rx-580-8gb', 'vulkan'],
  ['rtx-3090', 'vulkan'],
  ['radeon-vii', 'rocm'],
  ['rx-6900-xt', 'rocm'],
  ['rx-7900-xtx', 'rocm'],
];

/** Models by parameters in 10⁹, all and a token's, with the bits of a weight. */
const models: readonly (readonly [name: string, billions: number, active: number, kind: QuantizationClass])[] = [
  ['1B', 1.24, 1.24, 'q8'],
  ['3B', 3.21, 3.21, 'k-quant'],
  ['7B', 6.74, 6.74, 'legacy'],
  ['8B', 8.03, 8.03, 'k-quant'],
];

const BITS = { 'k-quant': 4.9, legacy: 4.6, 'i-quant': 4.5, q8: 8.5, f16: 16 } as const;

/** Rows as a table of measurements would give them, were the formula with these coefficients the truth. */
export function syntheticRows(phase: SpeedRow['phase'], coefficients: SpeedCoefficients): readonly SpeedRow[] {
  return cards.flatMap(([modelId, route]) =>
    models.map((model) => syntheticRow(phase, coefficients, modelId, route, model)),
  );
}

function syntheticRow(
  phase: SpeedRow['phase'],
  coefficients: SpeedCoefficients,
  modelId: string,
  route: SpeedRoute,
  [name, billions, active, quantizationClass]: (typeof models)[number],
): SpeedRow {
  const model = cardModels.find((one) => one.modelId === modelId);
  const card = model === undefined ? undefined : speedCardOf(model);
  if (model === undefined || card === undefined) throw new InvariantError(`the catalogue has no figures of ${modelId}`);
  const request: SpeedRequest = {
    parameterCount: billions * 1e9,
    activeParameterCount: active * 1e9,
    weightsBytes: (billions * 1e9 * BITS[quantizationClass]) / 8,
    quantizationClass,
    promptTokenCount: 512,
    generateTokenCount: 128,
  };
  const row: SpeedRow = {
    ...{ phase, cardGroup: model.family, model, case: { card, route, request }, tokensPerSecond: 1 },
    ...{ modelName: name, quantization: quantizationClass, test: phase === 'prompt' ? 'pp512' : 'tg128' },
    ...{ quality: 'A', source: `synthetic/${modelId}` },
  };
  return { ...row, tokensPerSecond: Math.exp(logSpeedOf(row, coefficients)) };
}
