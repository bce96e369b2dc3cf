import { randomInt } from 'node:crypto';

/** Unicode's noncharacters U+FDD0 to U+FDEF, 32 of them: no text and no mark has any. */
const FIRST = 0xfdd0;
const COUNT = 32;
const SECRET_LENGTH = 13;
const CODE_LENGTH = 4;

/**
 * Sequences that stand for a single character while a template is rendered, and that nobody can write who does not know
 * the secret: 31¹³ are too many to guess.
 */
export class StandIns {
  readonly #secret: string;
  readonly #pattern: RegExp;

  /** `draw` gives a random whole number from 0 to below its bound. */
  constructor(draw: (bound: number) => number = randomInt) {
    // The first letter comes nowhere else in the secret, so that text before a stand-in can't shift where it is read.
    const rest = Array.from({ length: SECRET_LENGTH }, () => letter(1 + draw(COUNT - 1)));
    this.#secret = letter(0) + rest.join('');
    this.#pattern = new RegExp(`${this.#secret}([${letter(0)}-${letter(COUNT - 1)}]{${CODE_LENGTH}})`, 'g');
  }

  /** What stands for one UTF-16 unit. */
  cover(unit: string): string {
    const code = unit.charCodeAt(0);
    const digits = Array.from({ length: CODE_LENGTH }, (_, place) => letter((code >>> (5 * place)) % COUNT));
    return this.#secret + digits.join('');
  }

  /** The text with every stand-in turned back into its character. */
  restore(text: string): string {
    return text.replace(this.#pattern, (_, digits: string) => {
      const values = Array.from(digits, (digit, place) => (digit.charCodeAt(0) - FIRST) << (5 * place));
      return String.fromCharCode(values.reduce((sum, value) => sum + value, 0));
    });
  }
}

function letter(value: number): string {
  return String.fromCharCode(FIRST + value);
}
