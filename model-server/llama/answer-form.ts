import type { Pointer } from './abi.ts';
import type { Candidates } from './candidates.ts';
import type { LlamaFunctions } from './functions.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Parts of a form that one answer needs. */
export interface FormParts {
  readonly functions: LlamaFunctions;
  readonly vocabulary: Vocabulary;
  readonly candidates: Candidates;
  /** A grammar sampler at its beginning; the form frees it. */
  readonly grammar: Pointer;
  /** What has to be found in the text before the grammar holds; `undefined`: it holds from the first token. */
  readonly triggers: readonly RegExp[] | undefined;
}

/**
 * The form that one answer must have. A token is tried before it is taken: llama.cpp ends the process when its grammar is
 * given one that it forbids.
 */
export class AnswerForm {
  readonly #parts: FormParts;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #holding: Pointer;
  #text = '';

  constructor(parts: FormParts) {
    this.#parts = parts;
    this.#holding = parts.triggers === undefined ? parts.functions.cloneSampler(parts.grammar) : null;
  }

  /** The grammar where it holds already, for `Candidates.leaveAllowed`; null while its trigger is awaited. */
  get holding(): Pointer {
    return this.#holding;
  }

  /** Takes the token as the next of the answer; false, and nothing is changed, where the form forbids it. */
  take(token: number): boolean {
    return this.#holding === null ? this.#takeAwaiting(token) : this.#takeHeld(this.#holding, token);
  }

  close(): void {
    if (this.#holding !== null) this.#parts.functions.freeSampler(this.#holding);
    this.#parts.functions.freeSampler(this.#parts.grammar);
    this.#holding = null;
  }

  #takeHeld(grammar: Pointer, token: number): boolean {
    const { vocabulary } = this.#parts;
    // llama.cpp reads a mark as the letters of its name, but it would not be seen in the answer.
    if (vocabulary.piece(token).length === 0 && !vocabulary.endsGeneration(token)) return false;
    if (!this.#parts.candidates.isAllowed(grammar, token)) return false;
    this.#parts.functions.acceptToken(grammar, token);
    return true;
  }

  #takeAwaiting(token: number): boolean {
    const text = this.#text + this.#decoder.decode(this.#parts.vocabulary.piece(token), { stream: true });
    const heldFrom = firstHeld(text, this.#parts.triggers ?? []);
    if (heldFrom !== undefined) {
      const grammar = this.#parts.functions.cloneSampler(this.#parts.grammar);
      if (!this.#feed(grammar, Buffer.from(text.slice(heldFrom)))) {
        this.#parts.functions.freeSampler(grammar);
        return false;
      }
      this.#holding = grammar;
    }
    this.#text = text;
    return true;
  }

  /** Gives text to a grammar byte by byte, by the tokens of single bytes. */
  #feed(grammar: Pointer, bytes: Uint8Array): boolean {
    return bytes.every((byte) => {
      const token = this.#parts.vocabulary.byteTokens[byte];
      return token !== undefined && this.#takeHeld(grammar, token);
    });
  }
}

/** Where the part of a text begins that a trigger puts under the grammar: at its first group, else where it matches. */
export function firstHeld(text: string, triggers: readonly RegExp[]): number | undefined {
  for (const trigger of triggers) {
    const places = trigger.exec(text)?.indices;
    if (!places) continue;
    const group = places.slice(1).find((place) => place !== undefined && place[1] > place[0]);
    return group?.[0] ?? places[0]?.[0];
  }
  return undefined;
}
