/** A line of a text, without its end, and where it begins. */
export interface TextLine {
  readonly line: string;
  readonly at: number;
}

/** Longer lines are of no tool's; they are cut, so that no pattern is ever tried on megabytes. */
const LONGEST_LINE_CHARACTERS = 16_000;

/** Colours and other marks of a terminal, and carriage returns. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals write them, so they are what is looked for.
const MARKS = /\x1b\[[0-9;]{0,20}[A-Za-z]|\r/g;

/** The lines of a text from `from` on, one by one: a text of hundreds of megabytes is never held twice. */
export function* linesOf(text: string, from = 0): Generator<TextLine> {
  let at = from;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, Math.min(end, at + LONGEST_LINE_CHARACTERS));
    yield { line: line.includes('\x1b') || line.includes('\r') ? line.replace(MARKS, '') : line, at };
    at = end + 1;
  }
}
