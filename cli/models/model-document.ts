import type { AssessedFarm } from '@rerig/domain/grading';
import { fitOf, type ModelFit } from '@rerig/models/fit';
import type { ModelEntry } from '@rerig/models/model-store';

/** A model as `--json` tells it: stable keys, units in their names, null where not known. */
export function modelDocument(entry: ModelEntry, farm: AssessedFarm | null) {
  const { name, bytes, source, revision, facts, parts, addedAtMs } = entry;
  return {
    name,
    bytes,
    source,
    revision,
    addedAt: new Date(addedAtMs).toISOString(),
    ...facts,
    files: parts,
    fit: farm === null || facts.kind === 'adapter' ? null : fitDocument(fitOf(facts, farm)),
  };
}

/** Whether a model fits, and which cards, as `--json` tells it. */
export function fitDocument({ isFitting, contextTokenCount, cards, together, unknownCardCount }: ModelFit) {
  return { isFitting, contextTokenCount, cards, together, unknownCardCount };
}
