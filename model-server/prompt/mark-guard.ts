import type { MarkToken } from '../llama/vocabulary.ts';
import type { StandIns } from './stand-ins.ts';

/** A piece of a prompt: a mark's token, or text in which nothing is a mark. */
export type PromptPiece =
  | { readonly kind: 'mark'; readonly token: number }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Keeps users from writing a model's marks. What a user wrote goes through `guard` before the template is rendered:
 * wherever a mark begins in it, or might begin at its end, a stand-in takes the first character's place, so that it reads
 * as no mark. The rendered prompt goes through `split`, which finds the marks that are left (the template's own) and
 * turns the stand-ins back. A template's own text must not end inside a mark where a user's begins.
 */
export class MarkGuard {
  readonly #standIns: StandIns;
  readonly #byText: ReadonlyMap<string, MarkToken>;
  /** All proper beginnings of marks. */
  readonly #beginnings: ReadonlySet<string>;
  readonly #longest: number;
  /** All marks, the longest first: the pattern machine looks once at each character, however many marks there are. */
  readonly #anyMark: string;

  constructor(marks: readonly MarkToken[], standIns: StandIns) {
    this.#standIns = standIns;
    this.#byText = new Map(marks.map((mark) => [mark.text, mark]));
    const texts = [...this.#byText.keys()].sort((one, other) => other.length - one.length);
    this.#beginnings = new Set(
      texts.flatMap((text) => Array.from({ length: text.length }, (_, end) => text.slice(0, end))),
    );
    this.#longest = texts[0]?.length ?? 0;
    this.#anyMark = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|');
  }

  /** A user's text with a stand-in for the first character of everything that is, or could become, a mark. */
  guard(text: string): string {
    let guarded = '';
    let copiedTo = 0;
    const places = [...this.#wholeMarks(text), ...this.#beginningsAtEnd(text)].sort((one, other) => one - other);
    for (const at of places) {
      if (at < copiedTo) continue;
      guarded += text.slice(copiedTo, at) + this.#standIns.cover(text.charAt(at));
      copiedTo = at + 1;
    }
    return guarded + text.slice(copiedTo);
  }

  /** Cuts a rendered prompt at its marks. */
  split(rendered: string): readonly PromptPiece[] {
    const pieces: PromptPiece[] = [];
    const pushText = (text: string) => {
      if (text.length > 0) pieces.push({ kind: 'text', text: this.#standIns.restore(text) });
    };
    let textFrom = 0;
    for (const { at, mark } of this.#marksIn(rendered)) {
      const before = rendered.slice(textFrom, at);
      pushText(mark.stripsLeft ? before.trimEnd() : before);
      pieces.push({ kind: 'mark', token: mark.token });
      textFrom = endOfMark(rendered, at, mark);
    }
    pushText(rendered.slice(textFrom));
    return pieces;
  }

  /** Where marks begin in a text, also inside each other, in order. */
  *#wholeMarks(text: string): Generator<number> {
    if (this.#longest === 0) return;
    const pattern = new RegExp(this.#anyMark, 'g');
    for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
      yield found.index;
      pattern.lastIndex = found.index + 1;
    }
  }

  /** Where a mark begins in which the text ends, or the text without white space at its end, as templates trim. */
  #beginningsAtEnd(text: string): readonly number[] {
    return [text.trimEnd().length, text.length].flatMap((end) => {
      const first = Math.max(0, end - this.#longest + 1);
      return Array.from({ length: end - first }, (_, step) => first + step).filter((at) =>
        this.#beginnings.has(text.slice(at, end)),
      );
    });
  }

  /** The marks of a rendered prompt, from left to right, the longest where several begin. */
  *#marksIn(rendered: string): Generator<{ readonly at: number; readonly mark: MarkToken }> {
    if (this.#longest === 0) return;
    const pattern = new RegExp(this.#anyMark, 'g');
    for (let found = pattern.exec(rendered); found; found = pattern.exec(rendered)) {
      const mark = this.#byText.get(found[0]);
      if (!mark) return;
      yield { at: found.index, mark };
      pattern.lastIndex = endOfMark(rendered, found.index, mark);
    }
  }
}

/** Where the text behind a mark begins. */
function endOfMark(rendered: string, at: number, mark: MarkToken): number {
  const end = at + mark.text.length;
  if (!mark.stripsRight) return end;
  const space = /\s*/y;
  space.lastIndex = end;
  space.exec(rendered);
  return Math.max(end, space.lastIndex);
}
