import koffi from 'koffi';
import type { Pointer } from './abi.ts';
import type { LlamaFunctions } from './functions.ts';

/** llama.cpp v0.5.0, `struct llama_token_data`: number, score, probability, 4 bytes each. */
const FIELDS_PER_CANDIDATE = 3;
const CANDIDATE_BYTES = FIELDS_PER_CANDIDATE * 4;
/** `struct llama_token_data_array`: pointer, size, selected index (8 bytes each), sorted flag. */
const LIST_BYTES = 32;

/**
 * The tokens that may come next with their scores, in llama.cpp's own form, for samplers that are applied one by one. One
 * of it serves all sequences, because it is filled anew for each token.
 */
export class Candidates {
  readonly #functions: LlamaFunctions;
  readonly #tokenCount: number;
  readonly #data: NativeBytes;
  readonly #numbers: Int32Array;
  readonly #scores: Float32Array;
  readonly #list: NativeBytes;
  readonly #listFields: BigInt64Array;

  constructor(functions: LlamaFunctions, tokenCount: number) {
    this.#functions = functions;
    this.#tokenCount = tokenCount;
    this.#data = nativeBytes(tokenCount * CANDIDATE_BYTES);
    this.#numbers = new Int32Array(this.#data.buffer);
    this.#scores = new Float32Array(this.#data.buffer);
    this.#list = nativeBytes(LIST_BYTES);
    this.#listFields = new BigInt64Array(this.#list.buffer);
  }

  /** Makes every token a candidate with its score, and those in `banned` impossible. */
  fill(scores: Float32Array, banned: readonly number[]): void {
    for (let token = 0, field = 0; token < this.#tokenCount; token++, field += FIELDS_PER_CANDIDATE) {
      this.#numbers[field] = token;
      this.#scores[field + 1] = scores[token] ?? 0;
    }
    for (const token of banned) this.#scores[token * FIELDS_PER_CANDIDATE + 1] = Number.NEGATIVE_INFINITY;
    this.#setList(this.#tokenCount);
  }

  /** Lets a grammar make impossible what it forbids; false where nothing is left. After `fill`. */
  leaveAllowed(grammar: Pointer): boolean {
    this.#functions.applySampler(grammar, this.#list.address);
    for (let field = 1; field < this.#scores.length; field += FIELDS_PER_CANDIDATE) {
      if ((this.#scores[field] ?? 0) > Number.NEGATIVE_INFINITY) return true;
    }
    return false;
  }

  /** The token that a chain of samplers chooses. After `fill`. */
  choose(chain: Pointer): number {
    this.#functions.applySampler(chain, this.#list.address);
    const place = (this.#listFields[0] ?? 0n) + (this.#listFields[2] ?? 0n) * BigInt(CANDIDATE_BYTES);
    return Number(koffi.decode(place, 'int32_t'));
  }

  /** Whether a grammar lets this token come next. */
  isAllowed(grammar: Pointer, token: number): boolean {
    this.#numbers[0] = token;
    this.#scores[1] = 1;
    this.#setList(1);
    this.#functions.applySampler(grammar, this.#list.address);
    return (this.#scores[1] ?? 0) > Number.NEGATIVE_INFINITY;
  }

  #setList(candidateCount: number): void {
    this.#listFields[0] = this.#data.address;
    this.#listFields[1] = BigInt(candidateCount);
    this.#listFields[2] = -1n;
    this.#listFields[3] = 0n;
  }
}

interface NativeBytes {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
}

/** Memory that C may keep the address of: it is not moved, and lives as long as the process. */
function nativeBytes(byteCount: number): NativeBytes {
  const memory = koffi.alloc('uint8_t', byteCount);
  return { address: koffi.address(memory), buffer: koffi.view(memory, byteCount) };
}
