import { availableParallelism } from 'node:os';
import { InvariantError } from '@rerig/domain/fault';
import koffi from 'koffi';
import type { AdapterUse, AnswerGrammar } from '../batching/generation.ts';
import { type ServeFault, serveFault } from '../faults.ts';
import type { Batch, Pointer } from './abi.ts';
import { AnswerForm } from './answer-form.ts';
import { type BreakOff, openBreakOff } from './break-off.ts';
import { Candidates } from './candidates.ts';
import type { LlamaFunctions } from './functions.ts';
import { openSampler, type Sampler, type Sampling } from './sampler.ts';
import { Vocabulary } from './vocabulary.ts';

/** Most threads that computing may use here: one core is left, because ggml's barriers spin and collapse 25-fold without. */
export function threadsMax(): number {
  return Math.max(1, availableParallelism() - 1);
}

/** What a model is made of once it is opened, and its sizes. */
export interface OpenedModel {
  readonly functions: LlamaFunctions;
  readonly model: Pointer;
  readonly context: Pointer;
  readonly buildVariant: string;
  readonly isOnProcessor: boolean;
  readonly slotCount: number;
  readonly contextTokensPerSlot: number;
  readonly batchTokensMax: number;
  /** LoRA adapters by name. */
  readonly adapters: ReadonlyMap<string, Pointer>;
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
  /** Names of the LoRA adapters that a request may ask for. */
  readonly adapterNames: readonly string[];
  /** Whether a slot's beginning can be copied: what a recurrent model has seen can't be cut. */
  readonly canCopyBeginnings: boolean;
  readonly #breakOff: BreakOff | undefined;
  readonly #opened: OpenedModel;
  readonly #functions: LlamaFunctions;
  readonly #memory: Pointer;
  readonly #candidates: Candidates;
  readonly #batch: Batch;
  readonly #tokens: Int32Array;
  readonly #positions: Int32Array;
  readonly #slots: Int32Array;
  readonly #outputs: Int8Array;
  readonly #scoreViews = new Map<bigint, Float32Array>();
  #decoding = false;

  constructor(opened: OpenedModel) {
    const { functions } = opened;
    this.#opened = opened;
    this.#functions = functions;
    this.#memory = functions.memoryOf(opened.context);
    this.#breakOff = openBreakOff(functions, opened.model, opened.context, opened.isOnProcessor);
    this.canCopyBeginnings = !functions.isRecurrent(opened.model) && !functions.isHybrid(opened.model);
    this.buildVariant = opened.buildVariant;
    this.vocabulary = new Vocabulary(functions, opened.model);
    this.#candidates = new Candidates(functions, this.vocabulary.tokenCount);
    this.chatTemplate = functions.chatTemplate(opened.model, null);
    this.slotCount = opened.slotCount;
    this.contextTokensPerSlot = opened.contextTokensPerSlot;
    this.batchTokensMax = opened.batchTokensMax;
    this.adapterNames = [...opened.adapters.keys()];
    const rows = opened.batchTokensMax;
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

  /** Whether a step can be broken off on the way. */
  get canBreakOff(): boolean {
    return this.#breakOff !== undefined;
  }

  /** Ends the step in flight early, with the code `BROKEN_OFF`; it may be done already. */
  breakOff(): void {
    this.#breakOff?.ask();
  }

  /** Computes rows 0 to `rowCount` − 1 on another thread. Gives llama.cpp's code: 0 is done, anything else is not. */
  decode(rowCount: number): Promise<number> {
    if (this.#decoding) throw new InvariantError('a step was started while another was being computed');
    this.#decoding = true;
    this.#breakOff?.takeBack();
    return new Promise((resolve, reject) => {
      this.#functions.decode.async(this.#opened.context, { ...this.#batch, n_tokens: rowCount }, (error, code) => {
        this.#decoding = false;
        if (error) reject(error);
        else resolve(code);
      });
    });
  }

  /** Like `decode`, on this thread, on which nothing else happens meanwhile. */
  decodeHere(rowCount: number): number {
    this.#refuseWhileDecoding();
    this.#breakOff?.takeBack();
    return this.#functions.decode(this.#opened.context, { ...this.#batch, n_tokens: rowCount });
  }

  /** `form` belongs to the sampler from here on. */
  openSampler(sampling: Sampling, form: AnswerForm | undefined): Sampler {
    const ground = {
      functions: this.#functions,
      context: this.#opened.context,
      candidates: this.#candidates,
      tokenCount: this.vocabulary.tokenCount,
      answerTokensMax: this.contextTokensPerSlot,
      scoresOf: (row: number) => this.scores(row),
    };
    return openSampler(ground, sampling, form);
  }

  /** Reads the grammar that an answer must follow; refuses one that llama.cpp can't read. */
  openForm({ gbnf, triggerPatterns }: AnswerGrammar): AnswerForm | ServeFault {
    const triggers: RegExp[] = [];
    for (const pattern of triggerPatterns ?? []) {
      try {
        triggers.push(new RegExp(pattern, 'd'));
      } catch (error) {
        return grammarRefused(`Its trigger is no regular expression: ${error instanceof Error ? error.message : ''}.`);
      }
    }
    const grammar = this.#functions.grammar(this.vocabulary.handle, gbnf, 'root');
    if (grammar === null) return grammarRefused('llama.cpp cannot read it as GBNF with a rule "root".');
    const { vocabulary } = this;
    return new AnswerForm({
      functions: this.#functions,
      vocabulary,
      candidates: this.#candidates,
      grammar,
      triggers: triggerPatterns === undefined ? undefined : triggers,
    });
  }

  /** Lays these adapters over the weights for the steps to come; those that are not named are taken off. */
  useAdapters(uses: readonly AdapterUse[]): void {
    this.#refuseWhileDecoding();
    const handles = uses.map(({ adapterName }) => this.#opened.adapters.get(adapterName));
    if (uses.length === 0) this.#functions.setAdapters(this.#opened.context, null, 0, null);
    else {
      const scales = Float32Array.from(uses, ({ scale }) => scale);
      const addresses = BigUint64Array.from(handles, (handle) => handle ?? 0n);
      this.#functions.setAdapters(this.#opened.context, addresses, uses.length, scales);
    }
  }

  /** The model's scores for every token of its vocabulary after row `row` of the last step; valid until the next step. */
  scores(row: number): Float32Array {
    this.#refuseWhileDecoding();
    const address = this.#functions.logitsOf(this.#opened.context, row);
    if (address === null) throw new InvariantError(`row ${row} of the last step has no logits`);
    const known = this.#scoreViews.get(address);
    if (known) return known;
    const { tokenCount } = this.vocabulary;
    const view = new Float32Array(koffi.view(address, tokenCount * 4));
    this.#scoreViews.set(address, view);
    return view;
  }

  /** Empties a slot of its sequence. */
  clearSlot(slot: number): void {
    this.#refuseWhileDecoding();
    this.#functions.removeTokens(this.#memory, slot, -1, -1);
  }

  /** Leaves only the first `tokenCount` tokens in a slot; false, and nothing is changed, where the model can't. */
  keepBeginning(slot: number, tokenCount: number): boolean {
    this.#refuseWhileDecoding();
    return this.#functions.removeTokens(this.#memory, slot, tokenCount, -1);
  }

  /** Moves what the cache has of a slot into an empty one: a copy of all its layers. */
  moveSlot(fromSlot: number, toSlot: number): void {
    this.#refuseWhileDecoding();
    this.#functions.copySequence(this.#memory, fromSlot, toSlot, -1, -1);
    this.#functions.removeTokens(this.#memory, fromSlot, -1, -1);
  }

  /** Puts a copy of a slot's first `tokenCount` tokens in place of what another has; false where it is left empty. */
  copyBeginning(fromSlot: number, toSlot: number, tokenCount: number): boolean {
    this.#refuseWhileDecoding();
    // Slots have buffers of their own, which are copied whole, before the next step.
    this.#functions.copySequence(this.#memory, fromSlot, toSlot, -1, -1);
    if (this.keepBeginning(toSlot, tokenCount)) return true;
    this.clearSlot(toSlot);
    return false;
  }

  /** Frees its cache; the weights are the opener's. */
  close(): void {
    this.#refuseWhileDecoding();
    this.#functions.freeContext(this.#opened.context);
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

function grammarRefused(why: string): ServeFault {
  return serveFault('grammar_refused', {
    what: 'The grammar of the request is not accepted.',
    why,
    mend: 'Check the grammar: its first rule is called root, every rule that it names is there, and none begins with itself.',
  });
}
