import { isFault } from '@rerig/domain/fault';
import koffi from 'koffi';
import { type ServeFault, serveFault } from '../faults.ts';
import type { Batch, Pointer } from './abi.ts';
import type { LlamaFunctions } from './functions.ts';
import { Vocabulary } from './vocabulary.ts';

/** What an embedder is made of. */
export interface EmbedderParts {
  readonly functions: LlamaFunctions;
  readonly model: Pointer;
  readonly context: Pointer;
  readonly tokensMax: number;
  readonly inputsMax: number;
}

/** Most inputs that wait for their vectors; past it they are refused as `busy`. */
const WAITING_MAX = 8192;

/** Gives texts as vectors of length 1. Inputs that wait are computed many in one step, in order of arrival. */
export class Embedder {
  readonly vocabulary: Vocabulary;
  /** Numbers of a vector. */
  readonly width: number;
  /** Most tokens of one input, and of all inputs of a step. */
  readonly tokensMax: number;
  readonly #parts: EmbedderParts;
  readonly #memory: Pointer;
  readonly #batch: Batch;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #isStopping = false;

  constructor(parts: EmbedderParts) {
    this.#parts = parts;
    this.vocabulary = new Vocabulary(parts.functions, parts.model);
    this.width = parts.functions.embeddingWidth(parts.model);
    this.tokensMax = parts.tokensMax;
    this.#memory = parts.functions.memoryOf(parts.context);
    this.#batch = parts.functions.openBatch(parts.tokensMax, 0, 1);
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** The vector of one input of 1 to `tokensMax` tokens, `width` numbers; or `busy`, `stopping`, `decode_failed`, too long. */
  embed(tokens: Int32Array): Promise<Float32Array | ServeFault> {
    const refusal = this.#refusalOf(tokens);
    if (refusal) return Promise.resolve(refusal);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ tokens, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Refuses what is new and computes what waits, at most `waitMs`; then refuses that too. Resolves when all is quiet. */
  async stop(waitMs: number): Promise<void> {
    this.#isStopping = true;
    const timer = setTimeout(() => {
      for (const { resolve } of this.#waiting.splice(0)) resolve(stoppingFault());
    }, waitMs);
    await this.#running;
    clearTimeout(timer);
  }

  /** Frees its context; after `stop`. */
  close(): void {
    this.#parts.functions.freeContext(this.#parts.context);
  }

  #refusalOf(tokens: Int32Array): ServeFault | undefined {
    if (this.#isStopping) return stoppingFault();
    if (this.#waiting.length >= WAITING_MAX) {
      return serveFault('busy', {
        what: 'The model server is busy.',
        why: `${this.#waiting.length} texts wait for their vectors, the most that may.`,
        mend: 'Try again in a moment, or send fewer texts at once.',
      });
    }
    if (tokens.length >= 1 && tokens.length <= this.tokensMax) return undefined;
    return serveFault('context_length_exceeded', {
      what: `The input has ${tokens.length} tokens, and one vector is made of 1 to ${this.tokensMax}.`,
      why: 'The model sees a text whole or not at all.',
      mend: 'Send the text in shorter parts, and no empty one.',
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const inputs = this.#takeStep();
      try {
        const vectors = await this.#compute(inputs);
        inputs.forEach(({ resolve }, index) => {
          resolve(isFault(vectors) ? vectors : (vectors[index] ?? stepFault(-1)));
        });
      } catch (error) {
        for (const { reject } of inputs) reject(error);
      }
    }
    this.#running = undefined;
  }

  #takeStep(): readonly Waiting[] {
    let tokenCount = 0;
    let inputCount = 0;
    for (const { tokens } of this.#waiting) {
      tokenCount += tokens.length;
      if (tokenCount > this.tokensMax || inputCount === this.#parts.inputsMax) break;
      inputCount++;
    }
    return this.#waiting.splice(0, inputCount);
  }

  async #compute(inputs: readonly Waiting[]): Promise<readonly Float32Array[] | ServeFault> {
    const { functions, context } = this.#parts;
    const rowCount = this.#fillRows(inputs);
    if (this.#memory !== null) functions.removeTokens(this.#memory, -1, -1, -1);
    const step = this.#memory === null ? functions.encode : functions.decode;
    const code = await new Promise<number>((resolve, reject) => {
      step.async(context, { ...this.#batch, n_tokens: rowCount }, (error, result) =>
        error ? reject(error) : resolve(result),
      );
    });
    if (code !== 0) return stepFault(code);
    const vectors = inputs.map((_, index) => this.#vectorOf(index));
    return vectors.some((vector) => vector === undefined)
      ? stepFault(0)
      : vectors.filter((vector) => vector !== undefined);
  }

  #fillRows(inputs: readonly Waiting[]): number {
    const { token, pos, n_seq_id, seq_id, logits } = this.#batch;
    const rows = inputs.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const [tokens, positions, counts, outputs] = [
      new Int32Array(rows),
      new Int32Array(rows),
      new Int32Array(rows).fill(1),
      new Int8Array(rows).fill(1),
    ];
    let row = 0;
    inputs.forEach((input, index) => {
      input.tokens.forEach((value, position) => {
        tokens[row] = value;
        positions[row] = position;
        koffi.encode(koffi.decode(seq_id, row * 8, 'void *'), 'int32_t', index);
        row++;
      });
    });
    koffi.encode(token, koffi.array('int32_t', rows), tokens);
    koffi.encode(pos, koffi.array('int32_t', rows), positions);
    koffi.encode(n_seq_id, koffi.array('int32_t', rows), counts);
    koffi.encode(logits, koffi.array('int8_t', rows), outputs);
    return rows;
  }

  /** `undefined` where a number is not finite or all are 0. */
  #vectorOf(input: number): Float32Array | undefined {
    const address = this.#parts.functions.embeddingOf(this.#parts.context, input);
    if (address === null) return undefined;
    const vector = Float32Array.from(koffi.decode(address, 'float', this.width));
    const length = Math.hypot(...vector);
    return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : undefined;
  }
}

interface Waiting {
  readonly tokens: Int32Array;
  readonly resolve: (result: Float32Array | ServeFault) => void;
  readonly reject: (error: unknown) => void;
}

function stepFault(code: number): ServeFault {
  return serveFault('decode_failed', {
    what: 'The model could not compute this step.',
    why: code === 0 ? 'A vector is not of finite numbers.' : `llama.cpp gave code ${code}.`,
    mend: 'Try again; if it happens again the card or its driver is at fault.',
  });
}

function stoppingFault(): ServeFault {
  return serveFault('stopping', {
    what: 'The model server is stopping.',
    why: 'It was told to end.',
    mend: 'Send the request again: it will go to another replica.',
  });
}
