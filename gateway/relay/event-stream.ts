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
    this.#rest += this.#decoder.decode(bytes, { stream: true }).replaceAll('\r', '');
    const events = this.#rest.split('\n\n');
    this.#rest = events.pop() ?? '';
    return { data: events.flatMap(dataOf), isTooLong: this.#rest.length > EVENT_LENGTH_MAX };
  }
}

function dataOf(event: string): readonly string[] {
  const lines = event.split('\n').filter((line) => line.startsWith('data:'));
  return lines.length === 0 ? [] : [lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')];
}
