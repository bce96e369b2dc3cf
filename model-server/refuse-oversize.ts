import { formatBytes } from '@rerig/domain/quantity';
import type { ModelFile } from '@rerig/models/gguf';
import { type ServeFault, serveFault } from './faults.ts';

/** Refuses a model whose weights and KV cache take more than `memoryLimitBytes`. */
export function refuseOversize(
  file: ModelFile,
  contextTokensTotal: number,
  memoryLimitBytes: number,
): ServeFault | undefined {
  const cacheBytes = file.cacheBytesPerToken * contextTokensTotal;
  const neededBytes = file.tensorBytes + cacheBytes;
  if (neededBytes <= memoryLimitBytes) return undefined;
  return serveFault('model_does_not_fit', {
    what: `The model needs ${formatBytes(neededBytes)} and may use ${formatBytes(memoryLimitBytes)}.`,
    why: `Its weights take ${formatBytes(file.tensorBytes)} and the cache of ${contextTokensTotal} tokens takes ${formatBytes(cacheBytes)}.`,
    mend: 'Lower --context or --parallel, take a smaller quantisation, or raise --memory-limit.',
  });
}
