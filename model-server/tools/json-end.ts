/** Finds the end of a JSON object that comes in pieces. */
export class JsonEnd {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** Where the object ends in this piece, behind its last brace; `undefined` where it goes on. */
  find(piece: string): number | undefined {
    for (let at = 0; at < piece.length; at++) {
      const character = piece[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#isInString) {
        if (character === '\\') this.#isEscaped = true;
        else if (character === '"') this.#isInString = false;
      } else if (character === '"') this.#isInString = true;
      else if (character === '{' || character === '[') this.#depth++;
      else if (character === '}' || character === ']') {
        this.#depth--;
        if (this.#depth <= 0) return at + 1;
      }
    }
    return undefined;
  }
}
