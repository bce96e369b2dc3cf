import { FaultError } from '@rerig/domain/fault';
import { consoleFault } from './faults.ts';

/** One server-sent event: its name (`message` where it has none) and its data, lines joined. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** The longest event that is taken, in UTF-16 code units: a view of some 10,000 cards. */
const EVENT_LENGTH_MAX = 16 * 1024 * 1024;

/**
 * Cuts a server-sent event stream (WHATWG HTML, section 9.2) into its events, over any split of its bytes. Comments and
 * fields other than `event` and `data` are passed over. Throws a FaultError at an event longer than the limit.
 */
export class EventStreamReader {
  readonly #decoder = new TextDecoder('utf-8');
  #rest = '';

  /** Takes the next bytes and gives the events that they finish. */
  read(bytes: Uint8Array): readonly ServerEvent[] {
    this.#rest += this.#decoder.decode(bytes, { stream: true }).replaceAll('\r', '');
    const blocks = this.#rest.split('\n\n');
    this.#rest = blocks.pop() ?? '';
    if (this.#rest.length > EVENT_LENGTH_MAX) throw new FaultError(tooLong());
    return blocks.flatMap(eventOf);
  }
}

function eventOf(block: string): readonly ServerEvent[] {
  const lines = block.split('\n');
  const data = lines.flatMap((line) => fieldOf(line, 'data'));
  if (data.length === 0) return [];
  return [{ name: lines.flatMap((line) => fieldOf(line, 'event')).at(-1) ?? 'message', data: data.join('\n') }];
}

function fieldOf(line: string, field: string): readonly string[] {
  if (!line.startsWith(`${field}:`)) return [];
  return [line.slice(field.length + 1).replace(/^ /, '')];
}

function tooLong() {
  return consoleFault('console-odd-answer', {
    what: 'The server sent more in one piece than this page takes.',
    why: `An event went past ${EVENT_LENGTH_MAX} characters without an end.`,
    mend: 'Look whether something other than Rerig answers at this address.',
  });
}
