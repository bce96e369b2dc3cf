import { StringDecoder } from 'node:string_decoder';

/** Longest line that is kept, in characters; what follows in the same line is dropped. */
export const LINE_CHARACTERS_MAX = 16 * 1024;

const CUT_MARK = ' … (the rest of the line is cut)';

/** Cuts a stream of bytes into lines, in bounded memory however long a line is. */
export class LineReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #line = '';
  #isCutting = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  read(bytes: Buffer): void {
    const pieces = this.#decoder.write(bytes).split('\n');
    pieces.forEach((piece, index) => {
      this.#take(piece);
      if (index < pieces.length - 1) this.#finish();
    });
  }

  /** Hands out the last line, where it has no end. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#line !== '') this.#finish();
  }

  #take(piece: string): void {
    if (this.#isCutting) return;
    this.#line += piece;
    if (this.#line.length <= LINE_CHARACTERS_MAX) return;
    this.#isCutting = true;
    this.#line = this.#line.slice(0, LINE_CHARACTERS_MAX) + CUT_MARK;
  }

  #finish(): void {
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    this.#isCutting = false;
    this.#onLine(line);
  }
}
