import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Fault, isFault } from '@rerig/domain/fault';
import { type ModelFacts, modelFactsOf, readGgufHeader } from '@rerig/models/gguf';
import { cliFault } from './faults.ts';

/** A model as it was named on the command line: what it is called, and where its file is. */
export interface ChosenModel {
  readonly modelName: string;
  readonly modelPath: string;
  readonly facts: ModelFacts;
}

/** Finds a model by the path of its GGUF file, or by its name in the store of `dataFolder`; reads its header. */
export async function chooseModel(wish: string, dataFolder: string): Promise<ChosenModel | Fault> {
  const path = resolve(wish);
  if (existsSync(path)) {
    const header = readGgufHeader(path);
    if (isFault(header)) return header;
    const facts = modelFactsOf(header, path);
    return isFault(facts) ? facts : { modelName: basename(path).replace(/\.gguf$/i, ''), modelPath: path, facts };
  }
  if (/[/\\]|\.gguf$/i.test(wish)) return modelMissing(path);
  const { openModelStore } = await import('@rerig/models/model-store');
  const store = openModelStore(dataFolder);
  if (isFault(store)) return store;
  const stored = store.resolve(wish);
  return isFault(stored) ? stored : { modelName: stored.name, modelPath: stored.path, facts: stored.facts };
}

function modelMissing(path: string): Fault {
  return cliFault('model-missing', {
    what: 'There is no model to serve.',
    why: `${path} is not there.`,
    mend: 'Give a GGUF file or a name of "rerig models list" with --model, or clone the repository again for the one that ships with it.',
  });
}
