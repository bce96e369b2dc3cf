import type { MarkToken } from '../llama/vocabulary.ts';

/** A piece of a prompt: a mark's token, or text in which nothing is a mark. */
export type PromptPiece =
  | { readonly kind: 'mark'; readonly token: number }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Keeps users from writing a model's marks. What a user wrote goes through `guard` before the template is rendered:
 * wherever a mark stands in it, or might begin at its end, a seal is put inside, so that it reads as no mark. The
 * rendered prompt goes through `split`, which finds the marks that are left (the template's own) and takes the seals out.
 */
export class MarkGuard {
  readonly #seal: string;
  readonly #byFirst = new Map<string, readonly MarkToken[]>();

  /** `seal` is any text that nobody can guess and no template writes. */
  constructor(marks: readonly MarkToken[], seal: string) {
    this.#seal = seal;
    const longestFirst = [...marks].sort((one, other) => other.text.length - one.text.length);
    for (const mark of longestFirst) {
      const first = mark.text.charAt(0);
      this.#byFirst.set(first, [...(this.#byFirst.get(first) ?? []), mark]);
    }
  }

  /** A user's text with a seal behind the first character of everything that is, or could become, a mark. */
  guard(text: string): string {
    const solid = text.trimEnd().length;
    let guarded = '';
    let copiedTo = 0;
    for (let at = 0; at < text.length; at++) {
      const marks = this.#byFirst.get(text.charAt(at));
      if (!marks?.some((mark) => beginsMark(text, at, solid, mark.text))) continue;
      guarded += text.slice(copiedTo, at + 1) + this.#seal;
      copiedTo = at + 1;
    }
    return guarded + text.slice(copiedTo);
  }

  /** Cuts a rendered prompt at its marks. */
  split(rendered: string): readonly PromptPiece[] {
    const pieces: PromptPiece[] = [];
    let textFrom = 0;
    const pushText = (to: number, stripEnd: boolean) => {
      const text = rendered.slice(textFrom, to).replaceAll(this.#seal, '');
      const kept = stripEnd ? text.trimEnd() : text;
      if (kept.length > 0) pieces.push({ kind: 'text', text: kept });
    };
    let at = 0;
    while (at < rendered.length) {
      const mark = this.#byFirst.get(rendered.charAt(at))?.find((candidate) => rendered.startsWith(candidate.text, at));
      if (!mark) {
        at++;
        continue;
      }
      pushText(at, mark.stripsLeft);
      pieces.push({ kind: 'mark', token: mark.token });
      at += mark.text.length;
      if (mark.stripsRight) while (at < rendered.length && /\s/.test(rendered.charAt(at))) at++;
      textFrom = at;
    }
    pushText(rendered.length, false);
    return pieces;
  }
}

/** Whether `mark` stands at `at`, or the text (or the text without white space at its end, as templates trim) ends inside it. */
function beginsMark(text: string, at: number, solidLength: number, mark: string): boolean {
  if (text.startsWith(mark, at)) return true;
  const rest = text.length - at;
  if (rest < mark.length && mark.startsWith(text.slice(at))) return true;
  const solidRest = solidLength - at;
  return solidRest > 0 && solidRest < mark.length && mark.startsWith(text.slice(at, solidLength));
}
