/** The longest server-sent event that a replica may send, in UTF-16 code units: past it, it is not speaking our wire. */
const EVENT_LENGTH_MAX = 1 << 20;

/** What one piece of an event stream held: the data of its whole events. */
export interface EventPieces {
  readonly data: readonly string[];
  readonly isTooLong: boolean;
}

/**
 * Cuts a server-sent event stream into the `data` of its events, over any split of its bytes. Comments and other
 * fields are passed over, CRLF is read as LF. Holds at most one unfinished event.
 */
export class EventStreamReader {
  readonly #decoder = new TextDecoder('utf-8');
  #rest = '';

  /** Takes the next bytes and gives the data of every event that they finish. */
  read(bytes: Uint8Array): EventPieces {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text.includes('\r')) text = text.replaceAll('\r', '');
    // A piece without a line's end can't finish an event: it is not searched, so that drops of bytes cost little.
    if (!text.includes('\n')) {
      this.#rest += text;
      return { data: [], isTooLong: this.#rest.length > EVENT_LENGTH_MAX };
    }
    const all = this.#rest + text;
    const data: string[] = [];
    let start = 0;
    for (let end = all.indexOf('\n\n'); end !== -1; end = all.indexOf('\n\n', start)) {
      const found = dataOf(all, start, end);
      if (found !== null) data.push(found);
      start = end + 2;
    }
    this.#rest = start === 0 ? all : all.slice(start);
    return { data, isTooLong: this.#rest.length > EVENT_LENGTH_MAX };
  }
}

function dataOf(text: string, start: number, end: number): string | null {
  const firstEnd = text.indexOf('\n', start);
  // Nearly every event is one line of data.
  if ((firstEnd === end || firstEnd === -1) && text.startsWith('data:', start)) {
    return text.slice(text.charCodeAt(start + 5) === 0x20 ? start + 6 : start + 5, end);
  }
  const lines = text
    .slice(start, end)
    .split('\n')
    .filter((line) => line.startsWith('data:'));
  return lines.length === 0 ? null : lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
}
