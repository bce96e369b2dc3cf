import { isFault } from '@rerig/domain/fault';
import { type ServeFault, serveFault } from '../faults.ts';
import { CONTEXT_DEFAULTS, MODEL_DEFAULTS, type Pointer } from './abi.ts';
import { Embedder } from './embedder.ts';
import { embeddingTokensMax } from './embedding-tokens.ts';
import type { LlamaLibraries } from './libraries.ts';
import { LoadedModel } from './loaded-model.ts';
import type { OpenBackend } from './open-backend.ts';

/** How many vectors of a text become one: the mean, the first token's (`cls`), the last token's. */
export type EmbeddingPooling = 'mean' | 'cls' | 'last';

/** llama.cpp's `enum llama_pooling_type`, v0.5.0. */
const POOLING_NUMBERS: Readonly<Record<EmbeddingPooling, number>> = { mean: 1, cls: 2, last: 3 };

/** A LoRA adapter's file and the name that requests call it by. */
export interface AdapterFile {
  readonly name: string;
  readonly path: string;
}

/** How a model is opened. */
export interface ModelSetup {
  readonly modelPath: string;
  readonly slotCount: number;
  readonly contextTokensPerSlot: number;
  readonly batchTokensMax: number;
  readonly threadCount: number;
  readonly adapters: readonly AdapterFile[];
  /** Makes a model that writes text serve vectors too. */
  readonly embeddings: EmbeddingPooling | undefined;
}

/** What a model file can do: write text, give vectors, or both. */
export interface OpenModel {
  /** `undefined` for an encoder, which writes no text. */
  readonly writer: LoadedModel | undefined;
  readonly embedder: Embedder | undefined;
  readonly buildVariant: string;
  /** Frees it all; never while it computes. */
  readonly close: () => void;
}

/** Loads the model and its cache. The weights are read on another thread, so that the process stays responsive. */
export async function openModel(
  libraries: LlamaLibraries,
  backend: OpenBackend,
  setup: ModelSetup,
  lastErrors: () => string,
): Promise<OpenModel | ServeFault> {
  const { functions } = libraries;
  const params = { ...MODEL_DEFAULTS, ...(backend.split ?? {}) };
  const model = await aside<Pointer>((done) => functions.loadModel.async(setup.modelPath, params, done));
  if (model === null) return refused('The model file was refused by llama.cpp.', lastErrors());
  if (functions.hasEncoder(model)) {
    return refused('The model neither only writes text nor only gives vectors.', 'It has an encoder and a decoder.');
  }
  const { buildVariant } = backend;
  const isOnProcessor = backend.split === undefined;
  const half: HalfOpened = { libraries, setup, model, lastErrors, buildVariant, isOnProcessor };
  const writer = await openWriter(half);
  if (isFault(writer)) return writer;
  const needsEmbedder = writer === undefined || setup.embeddings !== undefined;
  const embedder = needsEmbedder ? await openEmbedder(half) : undefined;
  if (isFault(embedder)) return embedder;
  const close = () => {
    writer?.close();
    embedder?.close();
    functions.freeModel(model);
  };
  return { writer, embedder, buildVariant, close };
}

interface HalfOpened {
  readonly libraries: LlamaLibraries;
  readonly setup: ModelSetup;
  readonly model: Pointer;
  readonly lastErrors: () => string;
  readonly buildVariant: string;
  readonly isOnProcessor: boolean;
}

/** `undefined` where the model is an encoder, or its file says that it is for vectors. */
async function openWriter(half: HalfOpened) {
  const { libraries, setup, model, lastErrors, buildVariant, isOnProcessor } = half;
  const { functions } = libraries;
  const context = await aside<Pointer>((done) => functions.openContext.async(model, writerParams(setup), done));
  if (context === null) return refused('The cache for the model could not be set up.', lastErrors());
  const isForVectors = functions.memoryOf(context) === null || functions.poolingOf(context) > 0;
  if (isForVectors) {
    functions.freeContext(context);
    return undefined;
  }
  const given = functions.contextTokensPerSequence(context);
  if (given < setup.contextTokensPerSlot) {
    return refused('The cache for the model is too small.', `It holds ${given} tokens of each request.`);
  }
  const adapters = loadAdapters(libraries, model, setup.adapters, lastErrors);
  if (isFault(adapters)) return adapters;
  const { slotCount, contextTokensPerSlot, batchTokensMax } = setup;
  const sizes = { slotCount, contextTokensPerSlot, batchTokensMax };
  return new LoadedModel({ functions, model, context, buildVariant, isOnProcessor, adapters, ...sizes });
}

function loadAdapters(
  { functions }: LlamaLibraries,
  model: Pointer,
  files: readonly AdapterFile[],
  lastErrors: () => string,
): ReadonlyMap<string, Pointer> | ServeFault {
  const adapters = new Map<string, Pointer>();
  for (const { name, path } of files) {
    const adapter = functions.loadAdapter(model, path);
    if (adapter === null) return refused(`The LoRA adapter ${path} was refused by llama.cpp.`, lastErrors());
    adapters.set(name, adapter);
  }
  return adapters;
}

async function openEmbedder({ libraries, setup, model, lastErrors }: HalfOpened) {
  const { functions } = libraries;
  const vocabularyTokens = functions.tokenCount(functions.vocabularyOf(model));
  const tokensMax = embeddingTokensMax(setup.contextTokensPerSlot, vocabularyTokens);
  const params = {
    ...CONTEXT_DEFAULTS,
    n_ctx: tokensMax,
    n_batch: tokensMax,
    n_ubatch: tokensMax,
    n_seq_max: setup.slotCount,
    n_outputs_max_per_seq: 0,
    n_threads: setup.threadCount,
    n_threads_batch: setup.threadCount,
    pooling_type: setup.embeddings === undefined ? -1 : POOLING_NUMBERS[setup.embeddings],
    embeddings: true,
    kv_unified: true,
  };
  const context = await aside<Pointer>((done) => functions.openContext.async(model, params, done));
  if (context === null) return refused('The model could not be set up for embeddings.', lastErrors());
  const pooling = functions.poolingOf(context);
  if (!Object.values(POOLING_NUMBERS).includes(pooling)) {
    functions.freeContext(context);
    return refused(
      'The model does not say how its vectors are made one.',
      'Its file names no pooling that gives a vector.',
      'Give --embeddings mean, cls or last, as the page of the model says.',
    );
  }
  return new Embedder({ functions, model, context, tokensMax, inputsMax: setup.slotCount });
}

function writerParams(setup: ModelSetup) {
  return {
    ...CONTEXT_DEFAULTS,
    n_ctx: setup.contextTokensPerSlot * setup.slotCount,
    n_batch: setup.batchTokensMax,
    n_ubatch: setup.batchTokensMax,
    n_seq_max: setup.slotCount,
    n_outputs_max: setup.slotCount,
    n_threads: setup.threadCount,
    n_threads_batch: setup.threadCount,
  };
}

function refused(
  what: string,
  why: string,
  mend = 'Start again with --verbose for all of its lines; the file may be of a newer kind than llama.cpp v0.5.0 knows.',
): ServeFault {
  return serveFault('model_refused', { what, why: why === '' ? 'llama.cpp gave no reason.' : why, mend });
}

function aside<Result>(start: (done: (error: unknown, result: Result) => void) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)));
  });
}
