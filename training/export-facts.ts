/**
 * Prints what the recipe may teach the model, as one JSON document on stdout: the catalogue's card models with their
 * grades, routes and what fits. The Python recipe reads it, so that the model and the product say the same.
 */
import { type CardModel, cardModels, routesOf } from '@rerig/domain/cards';
import { gradeCard, gradeMeanings, referenceWorkloads, vramNeedOf } from '@rerig/domain/grading';
import { GIB } from '@rerig/domain/quantity';

/** One workload as taught, with the memory that CUDA needs: VRAM in gibibytes, which card makers print as "GB". */
function workloadFacts(): readonly object[] {
  return referenceWorkloads.map((workload) => ({
    name: workload.name,
    contextTokenCount: workload.contextTokenCount,
    weightsGibibytes: workload.weightsBytes / GIB,
    totalGibibytes: vramNeedOf(workload, 'cuda-12').totalBytes / GIB,
  }));
}

/** One card model as taught. What the catalogue does not know is absent. */
function cardFacts(model: CardModel): object {
  const { vramBytes, memoryBandwidthBytesPerSecond, pciIds, sources, fp32Tflops, ...taught } = model;
  const assessed = gradeCard({
    cardId: model.modelId,
    kind: 'gpu',
    name: model.name,
    vendor: model.vendor,
    ...(vramBytes === undefined ? {} : { vramBytes }),
  });
  return {
    ...taught,
    ...(vramBytes === undefined ? {} : { vramGibibytes: vramBytes / GIB }),
    ...(memoryBandwidthBytesPerSecond === undefined
      ? {}
      : { memoryBandwidthGigabytesPerSecond: memoryBandwidthBytesPerSecond / 1e9 }),
    routes: routesOf(model).map(({ source, ...route }) => route),
    grade: assessed.grade,
    fittingWorkloads: assessed.fits.filter(({ isFitting }) => isFitting).map(({ workload }) => workload.name),
  };
}

const facts = { gradeMeanings, workloads: workloadFacts(), cards: cardModels.map(cardFacts) };
process.stdout.write(`${JSON.stringify(facts, null, 1)}\n`);
