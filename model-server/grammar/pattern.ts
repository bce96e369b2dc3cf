import {
  type CodePointRange,
  charactersOf,
  choice,
  type Form,
  type GrammarRules,
  repeat,
  sequence,
  set,
  text,
} from './gbnf.ts';
import { ALL_CHARACTERS, PLAIN_CHARACTERS, quoted, stringCharacter } from './json-forms.ts';
import { SchemaRefusal } from './schema-refusal.ts';

/** Most copies of a part that a pattern may ask for. */
const COPIES_MAX = 1000;
const DEPTH_MAX = 50;

const CLASSES: ReadonlyMap<string, readonly CodePointRange[]> = new Map([
  ['d', [[0x30, 0x39]]],
  [
    'w',
    [
      [0x30, 0x39],
      [0x41, 0x5a],
      [0x5f, 0x5f],
      [0x61, 0x7a],
    ],
  ],
  // ECMAScript's white space and line ends.
  [
    's',
    [
      [0x9, 0xd],
      [0x20, 0x20],
      [0xa0, 0xa0],
      [0x1680, 0x1680],
      [0x2000, 0x200a],
      [0x2028, 0x2029],
      [0x202f, 0x202f],
      [0x205f, 0x205f],
      [0x3000, 0x3000],
      [0xfeff, 0xfeff],
    ],
  ],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);
const LINE_ENDS: readonly CodePointRange[] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
/** Control characters that JSON has a short name for. */
const SHORT_ESCAPES: readonly (readonly [code: number, name: string])[] = [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
];

/**
 * A JSON string whose text fits a regular expression (ECMAScript, flag u), anywhere in it where it is not anchored.
 * Throws `SchemaRefusal` for what no grammar holds: looking around, back references, word boundaries, properties of
 * Unicode, anchors inside.
 */
export function patternString(rules: GrammarRules, pattern: string, place: string): Form {
  const form = new PatternReader(rules, Array.from(pattern), place).read();
  return quoted(form);
}

class PatternReader {
  readonly #rules: GrammarRules;
  readonly #characters: readonly string[];
  readonly #place: string;
  #at = 0;

  constructor(rules: GrammarRules, characters: readonly string[], place: string) {
    this.#rules = rules;
    this.#characters = characters;
    this.#place = place;
  }

  read(): Form {
    const forms = [this.#anchored()];
    while (this.#take('|')) forms.push(this.#anchored());
    if (this.#at < this.#characters.length) return this.#refuse('a closing bracket has no opening one');
    return choice(...forms);
  }

  /** An alternative at the top, with its anchors. */
  #anchored(): Form {
    const anything = repeat(stringCharacter(this.#rules), 0);
    const start = this.#take('^') ? [] : [anything];
    const inside = this.#parts(0);
    const end = this.#take('$') ? [] : [anything];
    return sequence(...start, ...inside, ...end);
  }

  #choice(depth: number): Form {
    if (depth > DEPTH_MAX) return this.#refuse('its groups are too deep');
    const forms = [sequence(...this.#parts(depth))];
    while (this.#take('|')) forms.push(sequence(...this.#parts(depth)));
    return choice(...forms);
  }

  #parts(depth: number): readonly Form[] {
    const parts: Form[] = [];
    for (;;) {
      const next = this.#peek();
      if (next === '' || next === '|' || next === ')' || next === '$') return parts;
      parts.push(this.#repeated(this.#part(depth)));
    }
  }

  #part(depth: number): Form {
    const next = this.#next();
    switch (next) {
      case '(':
        return this.#group(depth);
      case '[':
        return this.#inString(this.#bracketClass());
      case '.':
        return this.#inString(without(ALL_CHARACTERS, LINE_ENDS));
      case '\\':
        return this.#inString(this.#escape());
      case '^':
        return this.#refuse('it has "^" in its middle');
      case '*':
      case '+':
      case '?':
      case '{':
        return this.#refuse(`nothing stands before its ${JSON.stringify(next)}`);
      default:
        return this.#inString(single(next));
    }
  }

  #group(depth: number): Form {
    if (this.#take('?') && !this.#take(':')) return this.#refuse('it looks ahead, behind, or names a group');
    const form = this.#choice(depth + 1);
    if (!this.#take(')')) return this.#refuse('a group is not closed, or has "$" in it');
    return form;
  }

  #repeated(item: Form): Form {
    const counts = this.#counts();
    if (counts === undefined) return item;
    // A repetition that wants little of the text fits the same texts.
    this.#take('?');
    if (this.#counts() !== undefined) return this.#refuse('a repetition is repeated');
    const [countMin, countMax] = counts;
    if (Math.max(countMin, countMax ?? 0) > COPIES_MAX)
      return this.#refuse(`a part is repeated more than ${COPIES_MAX} times`);
    const isSimple = item.kind === 'text' || item.kind === 'set';
    return repeat(isSimple ? item : this.#rules.add('part', item), countMin, countMax);
  }

  #counts(): readonly [countMin: number, countMax: number | undefined] | undefined {
    if (this.#take('*')) return [0, undefined];
    if (this.#take('+')) return [1, undefined];
    if (this.#take('?')) return [0, 1];
    const found = /^\{(\d{1,6})(?:(,)(\d{1,6})?)?\}/.exec(this.#characters.slice(this.#at, this.#at + 16).join(''));
    if (!found) return undefined;
    this.#at += found[0].length;
    const countMin = Number(found[1]);
    return [countMin, found[2] === undefined ? countMin : found[3] === undefined ? undefined : Number(found[3])];
  }

  #bracketClass(): readonly CodePointRange[] {
    const isNegated = this.#take('^');
    const ranges: CodePointRange[] = [];
    while (!this.#take(']')) {
      const first = this.#classMember();
      const from = this.#oneOf(first);
      if (from !== undefined && this.#peek() === '-' && this.#peek(1) !== ']') {
        this.#next();
        const to = this.#oneOf(this.#classMember());
        if (to === undefined || to < from) return this.#refuse('a range in brackets is the wrong way round');
        ranges.push([from, to]);
      } else ranges.push(...first);
    }
    return isNegated ? without(ALL_CHARACTERS, ranges) : ranges;
  }

  #classMember(): readonly CodePointRange[] {
    const next = this.#next();
    if (next === '') return this.#refuse('a bracket is not closed');
    if (next !== '\\') return single(next);
    return this.#take('b') ? [[8, 8]] : this.#escape();
  }

  #oneOf(ranges: readonly CodePointRange[]): number | undefined {
    const [range] = ranges;
    return ranges.length === 1 && range && range[0] === range[1] ? range[0] : undefined;
  }

  #escape(): readonly CodePointRange[] {
    const next = this.#next();
    const named = CLASSES.get(next.toLowerCase());
    if (named) return next === next.toLowerCase() ? named : without(ALL_CHARACTERS, named);
    const control = CONTROLS.get(next);
    if (control !== undefined) return [[control, control]];
    if (next === 'x') return this.#codePoint(/^[0-9a-fA-F]{2}/);
    if (next === 'u') return this.#codePoint(/^(?:[0-9a-fA-F]{4}|\{[0-9a-fA-F]{1,6}\})/);
    if (/[A-Za-z0-9]/.test(next) || next === '') return this.#refuse(`no grammar holds its \\${next}`);
    return single(next);
  }

  #codePoint(digits: RegExp): readonly CodePointRange[] {
    const found = digits.exec(this.#characters.slice(this.#at, this.#at + 8).join(''));
    if (!found) return this.#refuse('an escape has too few digits');
    this.#at += found[0].length;
    const code = Number.parseInt(found[0].replace(/[{}]/g, ''), 16);
    return [[code, code]];
  }

  /** Characters as they stand in a JSON string: some need a backslash. */
  #inString(ranges: readonly CodePointRange[]): Form {
    const has = (code: number) => ranges.some(([first, last]) => first <= code && code <= last);
    const plain = without(PLAIN_CHARACTERS, without(ALL_CHARACTERS, ranges));
    const forms: Form[] = plain.length > 0 ? [set(...plain)] : [];
    const names = SHORT_ESCAPES.filter(([code]) => has(code)).map(([, name]) => name);
    if (has(0x22)) names.push('"');
    if (has(0x5c)) names.push('\\');
    if (names.length > 0) forms.push(sequence(text('\\'), charactersOf(names.join(''))));
    return forms.length === 0
      ? this.#refuse('a part of it fits no character that JSON writes plainly')
      : choice(...forms);
  }

  #peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? '';
  }

  #next(): string {
    const next = this.#peek();
    this.#at++;
    return next;
  }

  #take(wanted: string): boolean {
    if (this.#peek() !== wanted) return false;
    this.#at++;
    return true;
  }

  #refuse(why: string): never {
    throw new SchemaRefusal(this.#place, `The pattern can't be held to: ${why}.`);
  }
}

function single(character: string): readonly CodePointRange[] {
  const code = character.codePointAt(0) ?? 0;
  return [[code, code]];
}

/** What is in the one and not in the other. */
function without(ranges: readonly CodePointRange[], taken: readonly CodePointRange[]): readonly CodePointRange[] {
  return taken.reduce<readonly CodePointRange[]>(
    (left, [first, last]) =>
      left.flatMap(([from, to]): readonly CodePointRange[] => {
        const parts: CodePointRange[] = [];
        if (from < first) parts.push([from, Math.min(to, first - 1)]);
        if (to > last) parts.push([Math.max(from, last + 1), to]);
        return parts;
      }),
    ranges,
  );
}
