import { statSync } from 'node:fs';
import { isFault } from '@rerig/domain/fault';
import { type ModelFault, type ModelFile, modelFactsOf, readGgufHeader } from '@rerig/models/gguf';
import { Batcher } from './batching/batcher.ts';
import { chooseSizes, type Sizes } from './choose-sizes.ts';
import type { ServeFault } from './faults.ts';
import { checkGolden } from './golden/golden-check.ts';
import { readGolden, writeGolden } from './golden/golden-file.ts';
import { checkVectors } from './golden/vector-check.ts';
import type { Door, ServedModel, TextWriter } from './http/served-model.ts';
import type { Health } from './http/server.ts';
import { type LlamaLibraries, openLlama } from './llama/libraries.ts';
import type { LoadedModel } from './llama/loaded-model.ts';
import { listenToLlama } from './llama/native-log.ts';
import { openBackend } from './llama/open-backend.ts';
import { type OpenModel, openModel } from './llama/open-model.ts';
import type { ServeModelOptions } from './options.ts';
import { openChatPrompt } from './prompt/chat-prompt.ts';

/** What is there once a model can be served. */
export interface ReadyModel {
  readonly served: ServedModel;
  readonly health: Omit<Health, 'loadMs'>;
  /** Resolves where steps fail again and again. */
  readonly broken: Promise<ServeFault>;
  /** Frees the model; after everything was stopped. */
  readonly close: () => void;
}

/** Opens the model in the sizes that fit, and checks that this machine computes it reliably. */
export async function makeReady(
  options: ServeModelOptions,
  file: ModelFile,
  modelName: string,
  onLibraries: (libraries: LlamaLibraries) => void,
): Promise<ReadyModel | ServeFault | ModelFault> {
  const opened = await openInSizes(options, file, onLibraries);
  if (isFault(opened)) return opened;
  const { model, sizes } = opened;
  const broken = Promise.withResolvers<ServeFault>();
  const checked = model.writer === undefined ? undefined : await openTextWriter(options, model.writer, broken.resolve);
  if (isFault(checked)) return checked;
  const vectorFault = model.embedder === undefined ? undefined : await checkVectors(model.embedder);
  if (vectorFault) return vectorFault;
  const contextTokens = model.writer === undefined ? (model.embedder?.tokensMax ?? 0) : sizes.contextTokens;
  const { buildVariant, embedder } = model;
  return {
    served: {
      requiredName: options.modelName,
      displayName: modelName,
      contextTokens,
      writer: checked?.writer,
      embedder,
    },
    health: {
      model: modelName,
      contextTokens,
      parallelCount: sizes.parallelCount,
      buildVariant,
      tokensPerSecond: Math.round((checked?.tokensPerSecond ?? 0) * 10) / 10,
      doors: doorsOf(model),
      adapters: model.writer?.adapterNames ?? [],
    },
    broken: broken.promise,
    close: () => model.close(),
  };
}

function doorsOf({ writer, embedder }: OpenModel): readonly Door[] {
  const doors: Door[] = writer === undefined ? [] : ['chat', 'completions'];
  return embedder === undefined ? doors : [...doors, 'embeddings'];
}

async function openInSizes(
  options: ServeModelOptions,
  file: ModelFile,
  onLibraries: (libraries: LlamaLibraries) => void,
): Promise<{ readonly model: OpenModel; readonly sizes: Sizes } | ServeFault | ModelFault> {
  const libraries = openLlama(options.route, options.llamaBuild);
  if (isFault(libraries)) return libraries;
  onLibraries(libraries);
  const nativeLog = listenToLlama(libraries.functions, options.verbose);
  try {
    const backend = openBackend(libraries, options, nativeLog.lastErrors);
    if (isFault(backend)) return backend;
    const limits = [options.memoryLimitBytes, backend.freeBytes].filter((limit) => limit !== undefined);
    const limitBytes = limits.length === 0 ? undefined : Math.min(...limits);
    const sizes = sizesOf(options, file, limitBytes, backend.cardCount);
    if (isFault(sizes)) return sizes;
    const { modelPath, batchTokensMax, threadCount, adapters, embeddings } = options;
    const setup = { modelPath, batchTokensMax, threadCount, adapters, embeddings };
    const model = await openModel(
      libraries,
      backend,
      { ...setup, slotCount: sizes.parallelCount, contextTokensPerSlot: sizes.contextTokens },
      nativeLog.lastErrors,
    );
    return isFault(model) ? model : { model, sizes };
  } finally {
    nativeLog.silence();
  }
}

function sizesOf(
  { route, contextTokens, parallelCount, adapters, embeddings }: ServeModelOptions,
  file: ModelFile,
  limitBytes: number | undefined,
  cardCount: number,
): Sizes | ServeFault | ModelFault {
  const header = readGgufHeader(file.path);
  if (isFault(header)) return header;
  const facts = modelFactsOf(header, file.path);
  if (isFault(facts)) return facts;
  return chooseSizes({
    facts: { ...facts, tensorBytes: file.tensorBytes },
    trainedContextTokens: file.trainedContextTokens,
    besideBytes: adapters.reduce((sum, { path }) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0),
    givesVectorsToo: embeddings !== undefined,
    ...{ route, cardCount, limitBytes, contextTokens, parallelCount },
  });
}

interface CheckedWriter {
  readonly writer: TextWriter;
  readonly tokensPerSecond: number;
}

async function openTextWriter(
  options: ServeModelOptions,
  model: LoadedModel,
  onBroken: (fault: ServeFault) => void,
): Promise<CheckedWriter | ServeFault> {
  const prompt = await openChatPrompt(model.chatTemplate, model.vocabulary);
  if (isFault(prompt)) return prompt;
  const expected = options.writesGolden ? undefined : readGolden(options.modelPath);
  if (isFault(expected)) return expected;
  const golden = await checkGolden(model, expected);
  if (isFault(golden)) return golden;
  const writeFault = options.writesGolden ? writeGolden(options.modelPath, golden, model.buildVariant) : undefined;
  if (writeFault) return writeFault;
  const batcher = new Batcher(model, options, onBroken);
  return { writer: { batcher, prompt }, tokensPerSecond: golden.tokensPerSecond };
}
