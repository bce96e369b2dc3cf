/**
 * Prints what the recipe may teach the model, as one JSON document on stdout: the catalogue's card models with their
 * grades, routes and what fits. The Python recipe reads it, so that the model and the product say the same.
 */
import { type CardModel, cardModels, type Route, routesOf } from '@rerig/domain/cards';
import { gradeCard, gradeMeanings, standardWorkloads, vramNeedOf, type WorkloadFit } from '@rerig/domain/grading';
import { GIB } from '@rerig/domain/quantity';
import { taughtModelIds } from './taught-cards.ts';

/** One workload as taught, with the memory that CUDA needs: VRAM in gibibytes, which card makers print as "GB". */
function workloadFacts(): readonly object[] {
  return standardWorkloads.map((workload) => ({
    name: workload.name,
    contextTokenCount: workload.contextTokenCount,
    weightsGibibytes: workload.weightsBytes / GIB,
    totalGibibytes: vramNeedOf(workload, 'cuda-12').totalBytes / GIB,
  }));
}

/** One card model as taught. What the catalogue does not know is absent. */
function cardFacts(model: CardModel): object {
  const { vramBytes, memoryBandwidthBytesPerSecond } = model;
  const assessed = gradeCard({
    cardId: model.modelId,
    kind: 'gpu',
    name: model.name,
    vendor: model.vendor,
    ...(vramBytes === undefined ? {} : { vramBytes }),
  });
  return {
    ...taughtOf(model),
    ...(vramBytes === undefined ? {} : { vramGibibytes: vramBytes / GIB }),
    ...(memoryBandwidthBytesPerSecond === undefined
      ? {}
      : { memoryBandwidthGigabytesPerSecond: memoryBandwidthBytesPerSecond / 1e9 }),
    routes: routesOf(model).map(taughtRouteOf),
    grade: assessed.grade,
    fittingWorkloads: assessed.fits.filter(isTaughtFit).map(({ workload }) => workload.name),
  };
}

/** Of what fits, the standard chats: the others came after the model that ships. */
function isTaughtFit({ workload, isFitting }: WorkloadFit): boolean {
  return isFitting && workload.kind === 'chat' && workload.isStandard;
}

/** The fields that questions are drawn from. */
function taughtOf(model: CardModel): object {
  const { modelId, name, family, chip, vendor, architecture, cudaComputeCapability, amdGfxTarget, matrixUnits } = model;
  const { releaseYear, vramBasis, boardPowerWatts, pcieLink, isMiningOnly, throttleNote, note } = model;
  const target = { cudaComputeCapability, amdGfxTarget };
  const card = { modelId, name, family, chip, vendor, architecture, ...target, matrixUnits, releaseYear, vramBasis };
  return { ...card, boardPowerWatts, pcieLink, isMiningOnly, throttleNote, note };
}

function taughtRouteOf({ name, status, supportedUntil, driverMajorMin, driverMajorMax, note }: Route): object {
  return { name, status, supportedUntil, driverMajorMin, driverMajorMax, note };
}

function taughtModels(): readonly CardModel[] {
  const byId = new Map(cardModels.map((model) => [model.modelId, model]));
  return taughtModelIds.flatMap((modelId) => byId.get(modelId) ?? []);
}

const facts = { gradeMeanings, workloads: workloadFacts(), cards: taughtModels().map(cardFacts) };
process.stdout.write(`${JSON.stringify(facts, null, 1)}\n`);
