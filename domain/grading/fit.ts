import type { RouteName } from '../cards.ts';
import { type Bytes, MIB } from '../quantity.ts';
import { type ReferenceWorkload, referenceWorkloads } from './reference-workloads.ts';
import type { ModelSpeed } from './speed.ts';

/** Whether a workload stays within a card's VRAM, and by how much. What does not fit does not run: nothing spills. */
export interface WorkloadFit {
  readonly workload: ReferenceWorkload;
  readonly needs: VramNeed;
  readonly isFitting: boolean;
  /** What is left, negative where it lacks. */
  readonly leftBytes: Bytes;
  /** Why it can't run there whatever the VRAM; absent where VRAM alone decides. */
  readonly refusal?: string;
  /** For language models that fit, where enough is known of the card to say. */
  readonly speed?: ModelSpeed;
}

/** What a workload takes of VRAM. */
export interface VramNeed {
  readonly weightsBytes: Bytes;
  readonly kvCacheBytes: Bytes;
  /** Of a chat its compute buffer, of others their activations. */
  readonly computeBufferBytes: Bytes;
  /** Gradients, optimiser and master weights; 0 where nothing is trained. */
  readonly trainingStateBytes: Bytes;
  readonly driverBytes: Bytes;
  readonly totalBytes: Bytes;
}

/** Bytes of one number in llama.cpp's KV cache (FP16) and in its compute buffer (FP32). */
const KV_NUMBER_BYTES = 2;
const COMPUTE_NUMBER_BYTES = 4;

/** Tokens that llama.cpp computes at once, its `n_ubatch`. */
const BATCH_TOKENS = 512;

/**
 * What a process takes of VRAM before it loads anything: CUDA's context, kernels and cuBLAS workspace, or Vulkan's
 * pipelines. An assumption on the safe side, not a measurement: an idle process on a GTX 1080 Ti holds 148 MiB
 * (TurboPrefill's rig log), newer cards some 300 MiB with cuBLAS. A processor shares nothing with a driver.
 */
const driverBytes: Readonly<Record<RouteName, Bytes>> = {
  'cuda-13': 384 * MIB,
  'cuda-12': 384 * MIB,
  rocm: 384 * MIB,
  vulkan: 256 * MIB,
  cpu: 0,
};

/**
 * A workload's need of VRAM by a formula. A chat: weights, then keys and values of every layer for the whole context,
 * then the larger of two buffers that are not alive at once (attention scores without flash attention, or the logits)
 * with three activations beside it, then the driver's share. It is on the safe side: llama.cpp keeps the input
 * embeddings of models that do not tie them in RAM (282 MiB of Llama-3.1-8B's weights), and that is not taken off.
 * Others: weights, activations and the state of training, by the workload's own source, and the driver's share.
 */
export function vramNeedOf(workload: ReferenceWorkload, route: RouteName): VramNeed {
  const driver = driverBytes[route];
  if (workload.kind !== 'chat') {
    const { weightsBytes, activationBytes, trainingStateBytes } = workload;
    const needed = { weightsBytes, kvCacheBytes: 0, computeBufferBytes: activationBytes, trainingStateBytes };
    const totalBytes = weightsBytes + activationBytes + trainingStateBytes + driver;
    return { ...needed, driverBytes: driver, totalBytes };
  }
  const { weightsBytes, layerCount, kvHeadCount, headCount, headWidth, embeddingWidth } = workload;
  const kvCacheBytes = 2 * layerCount * kvHeadCount * headWidth * workload.contextTokenCount * KV_NUMBER_BYTES;
  const largest = Math.max(headCount * workload.contextTokenCount, workload.vocabularyTokenCount);
  const computeBufferBytes = BATCH_TOKENS * (largest + 3 * embeddingWidth) * COMPUTE_NUMBER_BYTES;
  const totalBytes = weightsBytes + kvCacheBytes + computeBufferBytes + driver;
  return { weightsBytes, kvCacheBytes, computeBufferBytes, trainingStateBytes: 0, driverBytes: driver, totalBytes };
}

/** Every reference workload against an amount of VRAM as the driver reports it. More VRAM never makes fewer fit. */
export function workloadFits(vramBytes: Bytes, route: RouteName): readonly WorkloadFit[] {
  return referenceWorkloads.map((workload) => {
    const needs = vramNeedOf(workload, route);
    const leftBytes = vramBytes - needs.totalBytes;
    if (workload.kind !== 'chat' && workload.needsPyTorch && !hasPyTorch(route))
      return { workload, needs, isFitting: false, leftBytes, refusal: `PyTorch has no build for ${route}.` };
    return { workload, needs, isFitting: leftBytes >= 0, leftBytes };
  });
}

/** Training on a processor is possible and never worth its hours. */
function hasPyTorch(route: RouteName): boolean {
  return route !== 'vulkan' && route !== 'cpu';
}

const largestByFits = new WeakMap<readonly WorkloadFit[], WorkloadFit | null>();

/** The largest standard workload that fits, or null. Cards of one model share their list, and so the answer. */
export function largestFit(fits: readonly WorkloadFit[]): WorkloadFit | null {
  const known = largestByFits.get(fits);
  if (known !== undefined) return known;
  const largest = fits.findLast(
    ({ workload, isFitting }) => isFitting && workload.kind === 'chat' && workload.isStandard,
  );
  largestByFits.set(fits, largest ?? null);
  return largest ?? null;
}
