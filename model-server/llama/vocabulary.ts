import { InvariantError } from '@rerig/domain/fault';
import type { Pointer } from './abi.ts';
import type { LlamaFunctions } from './functions.ts';

/** A token that is written as a mark of its own, such as `<|im_end|>`. */
export interface MarkToken {
  readonly token: number;
  readonly text: string;
  /** Whether white space on this side belongs to the mark. */
  readonly stripsLeft: boolean;
  readonly stripsRight: boolean;
}

/** llama.cpp's `llama_token_attr`, v0.5.0. */
const ATTRIBUTE = { unknown: 1, control: 8, stripsLeft: 128, stripsRight: 256 } as const;

/** Room for a token's bytes; the rare longer one gets its own. */
const PIECE_BYTES = 256;
/** From this many bytes on a text is turned into tokens on another thread: shorter ones take below 5 ms. */
const ASIDE_BYTES_MIN = 16 * 1024;

/** A model's words: text to tokens and back. */
export class Vocabulary {
  /** Tokens in all. */
  readonly tokenCount: number;
  /** The token put before every prompt, or `undefined` where the model wants none. */
  readonly beginToken: number | undefined;
  readonly beginText: string;
  readonly endText: string;
  /** Bytes of the longest token, so that text of n bytes is at least n / this many tokens; ≥ 1. */
  readonly longestTokenBytes: number;
  /** Tokens that users must not be able to write: those that llama.cpp calls control and unknown. */
  readonly marks: readonly MarkToken[];
  readonly #functions: LlamaFunctions;
  readonly #handle: Pointer;
  #byteTokens: readonly (number | undefined)[] | undefined;
  readonly #pieces: (Uint8Array | undefined)[] = [];
  readonly #pieceBytes = new Uint8Array(PIECE_BYTES);

  constructor(functions: LlamaFunctions, model: Pointer) {
    this.#functions = functions;
    this.#handle = functions.vocabularyOf(model);
    this.tokenCount = functions.tokenCount(this.#handle);
    const begin = functions.beginToken(this.#handle);
    const end = functions.endToken(this.#handle);
    this.beginToken = functions.addsBegin(this.#handle) && begin >= 0 ? begin : undefined;
    this.beginText = begin >= 0 ? functions.tokenText(this.#handle, begin) : '';
    this.endText = end >= 0 ? functions.tokenText(this.#handle, end) : '';
    this.marks = this.#listMarks();
    this.longestTokenBytes = this.#measureLongest();
  }

  /** llama.cpp's own, for functions that want it. */
  get handle(): Pointer {
    return this.#handle;
  }

  /** For each byte a token that is this byte alone, where there is one. */
  get byteTokens(): readonly (number | undefined)[] {
    this.#byteTokens ??= this.#listByteTokens();
    return this.#byteTokens;
  }

  /** Whether this token ends an answer. */
  endsGeneration(token: number): boolean {
    return this.#functions.endsGeneration(this.#handle, token);
  }

  /** The bytes that a token adds to the text; none for marks. Often only a part of a character. */
  piece(token: number): Uint8Array {
    const known = this.#pieces[token];
    if (known) return known;
    const piece = this.#writePiece(token, this.#pieceBytes);
    this.#pieces[token] = piece;
    return piece;
  }

  #writePiece(token: number, into: Uint8Array): Uint8Array {
    const length = this.#functions.tokenToPiece(this.#handle, token, into, into.length, 0, false);
    return length < 0 ? this.#writePiece(token, new Uint8Array(-length)) : into.slice(0, length);
  }

  /** Gives these marks a text from here on, as those of calls of functions, which have to be read in answers. */
  showMarks(texts: readonly string[]): void {
    for (const { token, text } of this.marks) {
      if (texts.includes(text)) this.#pieces[token] = Buffer.from(text, 'utf8');
    }
  }

  /** The tokens of plain text, in which no mark is recognised: `<|im_end|>` becomes the letters of its name. */
  tokenize(text: string): Promise<Int32Array> {
    return this.#tokenize(text, false, false);
  }

  /** The tokens of a whole input that no template is put around: with the tokens that the model wants at its ends. */
  tokenizeWhole(text: string, readsMarks: boolean): Promise<Int32Array> {
    return this.#tokenize(text, true, readsMarks);
  }

  async #tokenize(text: string, addsEnds: boolean, readsMarks: boolean): Promise<Int32Array> {
    const bytes = Buffer.from(text, 'utf8');
    const tokens = new Int32Array(bytes.length + 8);
    const values = [this.#handle, bytes, bytes.length, tokens, tokens.length, addsEnds, readsMarks] as const;
    const count =
      bytes.length < ASIDE_BYTES_MIN
        ? this.#functions.tokenize(...values)
        : await new Promise<number>((resolve, reject) => {
            this.#functions.tokenize.async(...values, (error, result) => (error ? reject(error) : resolve(result)));
          });
    if (count < 0) throw new InvariantError(`${bytes.length} bytes of text gave more than ${tokens.length} tokens`);
    return tokens.subarray(0, count);
  }

  #listMarks(): readonly MarkToken[] {
    const marks: MarkToken[] = [];
    for (let token = 0; token < this.tokenCount; token++) {
      const attributes = this.#functions.tokenAttributes(this.#handle, token);
      if ((attributes & (ATTRIBUTE.control | ATTRIBUTE.unknown)) === 0) continue;
      const text = this.#functions.tokenText(this.#handle, token);
      if (text.length === 0) continue;
      marks.push({
        token,
        text,
        stripsLeft: (attributes & ATTRIBUTE.stripsLeft) !== 0,
        stripsRight: (attributes & ATTRIBUTE.stripsRight) !== 0,
      });
    }
    return marks;
  }

  #listByteTokens(): readonly (number | undefined)[] {
    const tokens = new Array<number | undefined>(256).fill(undefined);
    for (let token = 0; token < this.tokenCount; token++) {
      const piece = this.piece(token);
      const byte = piece[0];
      if (piece.length === 1 && byte !== undefined) tokens[byte] ??= token;
    }
    return tokens;
  }

  #measureLongest(): number {
    let longest = 1;
    for (let token = 0; token < this.tokenCount; token++) {
      longest = Math.max(longest, Buffer.byteLength(this.#functions.tokenText(this.#handle, token)));
    }
    return longest;
  }
}
