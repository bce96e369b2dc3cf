/** A line without its end. */
export interface BoundedLine {
  /** The line, or its beginning where it is longer than what is kept. */
  readonly text: string;
  /** Of the whole line, in UTF-16 units. */
  readonly characterCount: number;
}

/**
 * Splits a stream of text into lines, at `\n` or `\r\n` and at nothing else: JSON may hold U+2028 within a line. Of a line
 * no more than `mostCharacters` is kept, so that a line of any length takes no more memory. What follows the last line
 * end is a line where it has characters.
 */
export async function* boundedLines(
  chunks: AsyncIterable<string>,
  mostCharacters: number,
): AsyncGenerator<BoundedLine, void, undefined> {
  let text = '';
  let characterCount = 0;
  for await (const chunk of chunks) {
    let start = 0;
    while (start <= chunk.length) {
      const found = chunk.indexOf('\n', start);
      const end = found < 0 ? chunk.length : found;
      text += chunk.slice(start, Math.min(end, start + Math.max(0, mostCharacters - text.length)));
      characterCount += end - start;
      if (found < 0) break;
      yield withoutReturn({ text, characterCount });
      text = '';
      characterCount = 0;
      start = end + 1;
    }
  }
  if (characterCount > 0) yield withoutReturn({ text, characterCount });
}

function withoutReturn(line: BoundedLine): BoundedLine {
  const isWhole = line.text.length === line.characterCount;
  if (!isWhole || !line.text.endsWith('\r')) return line;
  return { text: line.text.slice(0, -1), characterCount: line.characterCount - 1 };
}
