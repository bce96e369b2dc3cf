import { availableParallelism } from 'node:os';
import { InvariantError, isFault, unreachable } from '@rerig/domain/fault';
import koffi from 'koffi';
import { type ServeFault, serveFault } from '../faults.ts';
import { type Batch, CONTEXT_DEFAULTS, MODEL_DEFAULTS, type Pointer } from './abi.ts';
import { loadCard } from './cards.ts';
import type { LlamaFunctions } from './functions.ts';
import { type LlamaLibraries, loadCpuBackend } from './libraries.ts';
import type { Route } from './routes.ts';
import { openSampler, type Sampler, type Sampling } from './sampler.ts';
import { Vocabulary } from './vocabulary.ts';

/** How a model is opened. */
export interface ModelSetup {
  readonly modelPath: string;
  readonly route: Route;
  /** A card by name or PCI address; `undefined` for the only one. Means nothing with route `cpu`. */
  readonly card: string | undefined;
  readonly slotCount: number;
  readonly contextTokensPerSlot: number;
  readonly batchTokensMax: number;
  readonly threadCount: number;
}

/** Most threads that computing may use here: one core is left, because ggml's barriers spin and collapse 25-fold without. */
export function threadsMax(): number {
  return Math.max(1, availableParallelism() - 1);
}

/**
 * One model with its KV cache in slots. Rows are set, decoded together, and then sampled; never while a decode is in
 * flight, which `decode` refuses.
 */
export class LoadedModel {
  /** Which build computes: `cpu-zen4`, `vulkan on …`. */
  readonly buildVariant: string;
  readonly vocabulary: Vocabulary;
  readonly chatTemplate: string | null;
  readonly slotCount: number;
  readonly contextTokensPerSlot: number;
  readonly batchTokensMax: number;
  readonly #functions: LlamaFunctions;
  readonly #model: Pointer;
  readonly #context: Pointer;
  readonly #memory: Pointer;
  readonly #batch: Batch;
  readonly #tokens: Int32Array;
  readonly #positions: Int32Array;
  readonly #slots: Int32Array;
  readonly #outputs: Int8Array;
  #decoding = false;

  constructor(functions: LlamaFunctions, setup: ModelSetup, opened: OpenedModel) {
    this.#functions = functions;
    this.#model = opened.model;
    this.#context = opened.context;
    this.#memory = functions.memoryOf(opened.context);
    this.buildVariant = opened.buildVariant;
    this.vocabulary = new Vocabulary(functions, opened.model);
    this.chatTemplate = functions.chatTemplate(opened.model, null);
    this.slotCount = setup.slotCount;
    this.contextTokensPerSlot = setup.contextTokensPerSlot;
    this.batchTokensMax = setup.batchTokensMax;
    const rows = setup.batchTokensMax;
    this.#batch = functions.openBatch(rows, 0, 1);
    this.#tokens = new Int32Array(koffi.view(this.#batch.token, rows * 4));
    this.#positions = new Int32Array(koffi.view(this.#batch.pos, rows * 4));
    this.#outputs = new Int8Array(koffi.view(this.#batch.logits, rows));
    this.#slots = new Int32Array(koffi.view(koffi.alloc('int32_t', rows), rows * 4));
    this.#pointRowsAtSlots(rows);
  }

  /** Sets row `row` of the next step: a token, its position in its sequence, and whether a new token is to follow it. */
  setRow(row: number, token: number, position: number, slot: number, generates: boolean): void {
    this.#tokens[row] = token;
    this.#positions[row] = position;
    this.#slots[row] = slot;
    this.#outputs[row] = generates ? 1 : 0;
  }

  /** Computes rows 0 to `rowCount` − 1 on another thread. Gives llama.cpp's code: 0 is done, anything else is not. */
  decode(rowCount: number): Promise<number> {
    if (this.#decoding) throw new InvariantError('a step was started while another was being computed');
    this.#decoding = true;
    return new Promise((resolve, reject) => {
      this.#functions.decode.async(this.#context, { ...this.#batch, n_tokens: rowCount }, (error, code) => {
        this.#decoding = false;
        if (error) reject(error);
        else resolve(code);
      });
    });
  }

  openSampler(sampling: Sampling): Sampler {
    return openSampler(this.#functions, this.#context, sampling);
  }

  /** The model's scores for every token of its vocabulary after row `row` of the last step: a copy. */
  logits(row: number): Float32Array {
    this.#refuseWhileDecoding();
    const address = this.#functions.logitsOf(this.#context, row);
    if (address === null) throw new InvariantError(`row ${row} of the last step has no logits`);
    return Float32Array.from(koffi.decode(address, 'float', this.vocabulary.tokenCount));
  }

  /** Empties a slot of its sequence. */
  clearSlot(slot: number): void {
    this.#refuseWhileDecoding();
    this.#functions.removeTokens(this.#memory, slot, -1, -1);
  }

  /** Moves a sequence into an empty slot. */
  moveSlot(fromSlot: number, toSlot: number): void {
    this.#refuseWhileDecoding();
    this.#functions.copySequence(this.#memory, fromSlot, toSlot, -1, -1);
    this.#functions.removeTokens(this.#memory, fromSlot, -1, -1);
  }

  close(): void {
    this.#refuseWhileDecoding();
    this.#functions.freeContext(this.#context);
    this.#functions.freeModel(this.#model);
  }

  get isDecoding(): boolean {
    return this.#decoding;
  }

  #refuseWhileDecoding(): void {
    if (this.#decoding) throw new InvariantError('the cache was touched while a step was being computed');
  }

  /** llama.cpp wants, for each row, a count of sequences (always 1) and a pointer to their numbers: ours, one a row. */
  #pointRowsAtSlots(rows: number): void {
    new Int32Array(koffi.view(this.#batch.n_seq_id, rows * 4)).fill(1);
    const pointers = new BigUint64Array(koffi.view(this.#batch.seq_id, rows * 8));
    const first = koffi.address(this.#slots);
    for (let row = 0; row < rows; row++) pointers[row] = first + BigInt(row * 4);
  }
}

interface OpenedModel {
  readonly model: Pointer;
  readonly context: Pointer;
  readonly buildVariant: string;
}

/** Loads the backend, the model and its cache. The weights are read on another thread, so that the process stays responsive. */
export async function openModel(
  libraries: LlamaLibraries,
  setup: ModelSetup,
  lastErrors: () => string,
): Promise<LoadedModel | ServeFault> {
  const { functions } = libraries;
  functions.initialise();
  const backend = loadBackends(libraries, setup, lastErrors);
  if (isFault(backend)) return backend;
  const params = {
    ...MODEL_DEFAULTS,
    ...(backend.devices === undefined ? {} : { devices: backend.devices, split_mode: 0 }),
  };
  const model = await aside<Pointer>((done) => functions.loadModel.async(setup.modelPath, params, done));
  if (model === null) return refused('The model file was refused by llama.cpp.', lastErrors());
  if (!functions.hasDecoder(model) || functions.hasEncoder(model)) {
    return refused('The model is not one that only writes text.', 'It has an encoder, or no decoder.');
  }
  const context = await aside<Pointer>((done) => functions.openContext.async(model, contextParams(setup), done));
  if (context === null) return refused('The cache for the model could not be set up.', lastErrors());
  const given = functions.contextTokensPerSequence(context);
  if (given < setup.contextTokensPerSlot) {
    return refused('The cache for the model is too small.', `It holds ${given} tokens of each request.`);
  }
  return new LoadedModel(functions, setup, { model, context, buildVariant: backend.buildVariant });
}

interface LoadedBackend {
  readonly buildVariant: string;
  /** The cards to compute on, ended by a null pointer; left out on the processor. */
  readonly devices?: BigUint64Array;
}

/** The CPU backend is needed on every route: tokens are looked up and sampled there. */
function loadBackends(
  libraries: LlamaLibraries,
  setup: ModelSetup,
  lastErrors: () => string,
): LoadedBackend | ServeFault {
  const cpuVariant = loadCpuBackend(libraries);
  if (isFault(cpuVariant)) return cpuVariant;
  switch (setup.route) {
    case 'cpu':
      return { buildVariant: `cpu-${cpuVariant}` };
    case 'vulkan':
    case 'cuda': {
      const card = loadCard(libraries, setup.route, setup.card, lastErrors);
      if (isFault(card)) return card;
      return {
        buildVariant: `${setup.route} on ${card.description} (${card.pciAddress ?? card.name})`,
        devices: BigUint64Array.of(card.handle ?? 0n, 0n),
      };
    }
    default:
      return unreachable(setup.route);
  }
}

function contextParams(setup: ModelSetup) {
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

function refused(what: string, why: string): ServeFault {
  return serveFault('model_refused', {
    what,
    why: why === '' ? 'llama.cpp gave no reason.' : why,
    mend: 'Start again with --verbose for all of its lines; the file may be of a newer kind than llama.cpp v0.5.0 knows.',
  });
}

function aside<Result>(start: (done: (error: unknown, result: Result) => void) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)));
  });
}
