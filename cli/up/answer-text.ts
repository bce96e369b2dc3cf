/** Writes text that comes in pieces, broken at spaces into lines of at most `columnCount`, each after `indent`. */
export class AnswerText {
  readonly #write: (text: string) => void;
  readonly #columnCount: number;
  readonly #indent: string;
  #column = 0;
  #word = '';

  constructor(write: (text: string) => void, columnCount: number, indent: string) {
    this.#write = write;
    this.#columnCount = columnCount;
    this.#indent = indent;
  }

  /** Takes a piece, which may end inside a word. What is no letter for a terminal is left out. */
  push(piece: string): void {
    for (const character of piece.replace(/[\p{Cc}\p{Cf}]/gu, (found) => (found === '\n' ? found : ''))) {
      if (character === ' ' || character === '\n') this.#endWord(character);
      else this.#word += character;
    }
  }

  /** Writes what is left, and ends the line. */
  finish(): void {
    this.#endWord('\n');
  }

  #endWord(after: string): void {
    if (this.#word !== '') {
      const isFirst = this.#column === 0;
      const length = [...this.#word].length;
      if (!isFirst && this.#column + 1 + length > this.#columnCount) this.#newLine();
      this.#write(this.#column === 0 ? `${this.#indent}${this.#word}` : ` ${this.#word}`);
      this.#column += (this.#column === 0 ? this.#indent.length : 1) + length;
      this.#word = '';
    }
    if (after === '\n' && this.#column > 0) this.#newLine();
  }

  #newLine(): void {
    this.#write('\n');
    this.#column = 0;
  }
}
