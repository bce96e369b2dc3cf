import { randomBytes } from 'node:crypto';
import { JsonEnd } from './json-end.ts';
import type { ToolFormat } from './tool-format.ts';

/** A part of an answer. Calls are numbered from 0; a call begins before its arguments come, which are JSON text in pieces. */
export type AnswerPart =
  | { readonly kind: 'content'; readonly text: string }
  | { readonly kind: 'call'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly kind: 'arguments'; readonly index: number; readonly text: string };

/** Most characters that may turn out to be a call's beginning; past it they are content. */
const HELD_CHARACTERS_MAX = 16_384;

/** `content`: text; `head`: behind a mark; `arguments`: in them; `tail`: behind them; `after`: between two calls. */
type Stage = 'content' | 'head' | 'arguments' | 'tail' | 'after';

/**
 * Reads calls of functions out of an answer as it grows. What is no call of a known function is content, to the letter;
 * only white space beside calls is left out.
 */
export class ToolCallReader {
  readonly #format: ToolFormat;
  readonly #names: ReadonlySet<string>;
  #stage: Stage = 'content';
  #held = '';
  /** What stood before `#held` at the head's stage, to be given back where it is no call: the mark, or what parted two calls. */
  #lead = '';
  #hasContent = false;
  #callCount = 0;
  #json = new JsonEnd();

  constructor(format: ToolFormat, names: Iterable<string>) {
    this.#format = format;
    this.#names = new Set(names);
  }

  get callCount(): number {
    return this.#callCount;
  }

  /** What is certain with this piece. */
  push(piece: string): readonly AnswerPart[] {
    this.#held += piece;
    return this.#read(false);
  }

  /** The rest, when the answer has ended. */
  finish(): readonly AnswerPart[] {
    const parts = this.#read(true);
    // Of a call that was told already, an end that is cut off is no content.
    const rest = this.#stage === 'tail' ? this.#held.replace(/^\s*\}?\s*/, '') : this.#lead + this.#held;
    const isCutEnd = this.#stage === 'tail' && (this.#format.endMark ?? '').startsWith(rest);
    this.#held = '';
    this.#lead = '';
    const isContent = rest !== '' && !isCutEnd && (this.#stage !== 'after' || rest.trim() !== '');
    return isContent ? [...parts, { kind: 'content', text: rest }] : parts;
  }

  #read(isEnd: boolean): readonly AnswerPart[] {
    const parts: AnswerPart[] = [];
    for (;;) {
      const before = `${this.#stage} ${this.#held.length}`;
      this.#step(parts, isEnd);
      if (`${this.#stage} ${this.#held.length}` === before || this.#held === '') return parts;
    }
  }

  #step(parts: AnswerPart[], isEnd: boolean): void {
    switch (this.#stage) {
      case 'content':
        this.#readContent(parts, isEnd);
        break;
      case 'head':
        this.#readHead(parts, isEnd);
        break;
      case 'arguments':
        this.#readArguments(parts);
        break;
      case 'tail':
        this.#readTail(parts);
        break;
      case 'after':
        this.#readAfter(isEnd);
        break;
    }
  }

  #readContent(parts: AnswerPart[], isEnd: boolean): void {
    const { openMark } = this.#format;
    if (openMark === null) {
      this.#readBeginning(parts);
      return;
    }
    const at = this.#held.indexOf(openMark);
    if (at >= 0) {
      const text = this.#held.slice(0, at);
      // White space that leads to a call is no answer.
      this.#say(parts, text.trim() === '' ? '' : text);
      this.#lead = text.trim() === '' ? text + openMark : openMark;
      this.#held = this.#held.slice(at + openMark.length);
      this.#stage = 'head';
      return;
    }
    const isBlank = !this.#hasContent && this.#held.trim() === '' && this.#held.length < HELD_CHARACTERS_MAX;
    if (isBlank && !isEnd) return;
    const kept = isEnd ? 0 : beginningLength(this.#held, openMark);
    this.#say(parts, this.#held.slice(0, this.#held.length - kept));
    this.#held = this.#held.slice(this.#held.length - kept);
  }

  /** A format without a mark: the first letter decides. */
  #readBeginning(parts: AnswerPart[]): void {
    const start = this.#held.trimStart();
    if (this.#hasContent || this.#callCount > 0) {
      this.#say(parts, this.#held);
      this.#held = '';
      return;
    }
    const mark = this.#format.marks[0] ?? '{';
    if (start === '' || (mark.startsWith(start) && start !== mark)) return;
    if (start.startsWith('{') || start.startsWith(mark)) {
      this.#lead = '';
      this.#stage = 'head';
    } else {
      this.#say(parts, this.#held);
      this.#held = '';
    }
  }

  #readHead(parts: AnswerPart[], isEnd: boolean): void {
    const found = this.#format.head.exec(this.#held);
    const name = found?.[1];
    if (found && name !== undefined && this.#names.has(name)) {
      this.#begin(parts, name);
      this.#held = this.#held.slice(found[0].length);
      this.#json = new JsonEnd();
      this.#stage = 'arguments';
      return;
    }
    const whole = this.#wholeCall();
    if (whole) {
      this.#begin(parts, whole.name);
      parts.push({ kind: 'arguments', index: this.#callCount - 1, text: whole.argumentsText });
      this.#held = this.#held.slice(whole.length);
      this.#stage = 'after';
      return;
    }
    const isLost = found !== null || isEnd || this.#held.length > HELD_CHARACTERS_MAX || this.#hasEndMark();
    if (!isLost) return;
    this.#say(parts, this.#lead + this.#held);
    this.#lead = '';
    this.#held = '';
    this.#stage = 'content';
  }

  #hasEndMark(): boolean {
    const { endMark } = this.#format;
    return endMark !== null && this.#held.includes(endMark);
  }

  /** A call whose names come in another order, or that has a text for its arguments: known when its end is there. */
  #wholeCall(): { readonly name: string; readonly argumentsText: string; readonly length: number } | undefined {
    const { endMark } = this.#format;
    const end = endMark === null ? -1 : this.#held.indexOf(endMark);
    if (endMark === null || end < 0) return undefined;
    const call = parseCall(this.#held.slice(0, end));
    if (call === undefined || !this.#names.has(call.name)) return undefined;
    return { ...call, length: end + endMark.length };
  }

  #readArguments(parts: AnswerPart[]): void {
    const end = this.#json.find(this.#held);
    const text = end === undefined ? this.#held : this.#held.slice(0, end);
    if (text !== '') parts.push({ kind: 'arguments', index: this.#callCount - 1, text });
    this.#held = this.#held.slice(text.length);
    if (end !== undefined) this.#stage = 'tail';
  }

  #readTail(parts: AnswerPart[]): void {
    const found = this.#format.tail.exec(this.#held);
    if (found) {
      this.#held = this.#held.slice(found[0].length);
      this.#stage = 'after';
    } else if (this.#held.length > HELD_CHARACTERS_MAX) {
      this.#say(parts, this.#held);
      this.#held = '';
      this.#stage = 'content';
    }
  }

  #readAfter(isEnd: boolean): void {
    const { again, close, afterMarks } = this.#format;
    const next = again.exec(this.#held);
    if (next) {
      this.#lead = next[0];
      this.#held = this.#held.slice(next[0].length);
      this.#stage = 'head';
      return;
    }
    const closed = close?.exec(this.#held);
    if (closed) this.#held = this.#held.slice(closed[0].length).trimStart();
    const start = this.#held.trimStart();
    const mayGrow = !closed && !isEnd && (start === '' || afterMarks.some((mark) => mark.startsWith(start.trimEnd())));
    if (mayGrow || start === '') return;
    this.#held = start;
    this.#stage = 'content';
  }

  #begin(parts: AnswerPart[], name: string): void {
    parts.push({ kind: 'call', index: this.#callCount, id: newCallId(this.#format), name });
    this.#callCount++;
    this.#lead = '';
  }

  #say(parts: AnswerPart[], text: string): void {
    if (text === '') return;
    this.#hasContent = true;
    parts.push({ kind: 'content', text });
  }
}

function parseCall(json: string): { readonly name: string; readonly argumentsText: string } | undefined {
  try {
    const call: unknown = JSON.parse(json);
    if (typeof call !== 'object' || call === null || !('name' in call) || typeof call.name !== 'string')
      return undefined;
    const given = 'arguments' in call ? call.arguments : 'parameters' in call ? call.parameters : {};
    if (typeof given === 'string') return { name: call.name, argumentsText: given };
    return { name: call.name, argumentsText: JSON.stringify(given) };
  } catch {
    // No JSON, so no call: it is given as content.
    return undefined;
  }
}

function newCallId(format: ToolFormat): string {
  if (format.idStyle === 'openai') return `call_${randomBytes(12).toString('hex')}`;
  return randomBytes(9).toString('hex').slice(0, 9);
}

/** Length of the longest end of `text` that begins `mark`, but is not all of it. */
function beginningLength(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    if (mark.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
