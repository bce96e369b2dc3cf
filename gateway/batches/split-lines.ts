const LINE_FEED = 0x0a;

/** One line of a file, without its end. `bytes` is null where the line is longer than may be. */
export interface FileLine {
  /** From 1, empty ones counted. */
  readonly lineNumber: number;
  readonly bytes: Uint8Array | null;
}

/** Cuts bytes into lines, over any split of the bytes. Holds at most one unfinished line of `lineBytesMax`. */
export async function* splitLines(content: AsyncIterable<Uint8Array>, lineBytesMax: number): AsyncGenerator<FileLine> {
  let pieces: Uint8Array[] = [];
  let heldBytes = 0;
  let lineNumber = 1;
  const taken = (): FileLine => {
    const line = { lineNumber, bytes: heldBytes > lineBytesMax ? null : Buffer.concat(pieces) };
    pieces = [];
    heldBytes = 0;
    lineNumber += 1;
    return line;
  };
  const hold = (piece: Uint8Array): void => {
    heldBytes += piece.byteLength;
    // Of a line that is too long, only its length is kept.
    if (heldBytes > lineBytesMax) pieces = [];
    else pieces.push(piece);
  };
  for await (const bytes of content) {
    let from = 0;
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, from)) {
      hold(bytes.subarray(from, at));
      yield taken();
      from = at + 1;
    }
    if (from < bytes.byteLength) hold(bytes.subarray(from));
  }
  if (heldBytes > 0) yield taken();
}
