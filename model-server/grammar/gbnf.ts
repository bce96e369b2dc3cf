/** A piece of a grammar. Sets are of Unicode code points, as ranges that include both ends. */
export type Form =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'set'; readonly ranges: readonly CodePointRange[] }
  | { readonly kind: 'sequence'; readonly items: readonly Form[] }
  | { readonly kind: 'choice'; readonly items: readonly Form[] }
  | { readonly kind: 'repeat'; readonly item: Form; readonly countMin: number; readonly countMax: number | undefined }
  | { readonly kind: 'rule'; readonly name: string };

/** From the first to the last code point, both included. */
export type CodePointRange = readonly [first: number, last: number];

export function text(value: string): Form {
  return { kind: 'text', text: value };
}

export function set(...ranges: readonly CodePointRange[]): Form {
  return { kind: 'set', ranges };
}

/** The characters of a string of single characters and ranges, such as `a-z_`. */
export function charactersOf(value: string): Form {
  const ranges = Array.from(value.matchAll(/(.)-(.)|(.)/gu), ([, first, last, single]): CodePointRange => {
    const from = (first ?? single ?? '').codePointAt(0) ?? 0;
    return [from, last?.codePointAt(0) ?? from];
  });
  return { kind: 'set', ranges };
}

export function sequence(...items: readonly Form[]): Form {
  const flat = items.flatMap((item) => (item.kind === 'sequence' ? item.items : [item]));
  return flat.length === 1 && flat[0] ? flat[0] : { kind: 'sequence', items: flat };
}

export function choice(...items: readonly Form[]): Form {
  return items.length === 1 && items[0] ? items[0] : { kind: 'choice', items };
}

/** `item` at least `countMin` and at most `countMax` times; `undefined` for any number. */
export function repeat(item: Form, countMin: number, countMax?: number): Form {
  return { kind: 'repeat', item, countMin, countMax };
}

export function optional(item: Form): Form {
  return repeat(item, 0, 1);
}

/** llama.cpp refuses a repetition past 2000 (v0.5.0, `MAX_REPETITION_THRESHOLD`): longer ones are built of these. */
const BLOCK_COUNT = 1000;

/** The rules of a grammar, by name. The first rule that is asked for is `root`. */
export class GrammarRules {
  readonly #forms = new Map<string, Form>();
  readonly #countByName = new Map<string, number>();

  get forms(): ReadonlyMap<string, Form> {
    return this.#forms;
  }

  /** A name that no rule has, made of `wanted`. Its rule is to be given by `define`. */
  reserve(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'rule';
    const count = this.#countByName.get(base) ?? 0;
    this.#countByName.set(base, count + 1);
    return count === 0 ? base : `${base}--${count}`;
  }

  define(name: string, form: Form): Form {
    this.#forms.set(name, form);
    return { kind: 'rule', name };
  }

  add(wanted: string, form: Form): Form {
    return this.define(this.reserve(wanted), form);
  }

  /** The rule of this very name, made when it is first asked for. */
  once(name: string, make: () => Form): Form {
    if (!this.#forms.has(name)) {
      this.#countByName.set(name, 1);
      this.#forms.set(name, text(''));
      this.#forms.set(name, make());
    }
    return { kind: 'rule', name };
  }

  /**
   * As `repeat`, also where the counts are large: blocks of a thousand, so nested that a text has few readings. `item`
   * must match no empty text.
   */
  repeatMany(wanted: string, item: Form, countMin: number, countMax?: number): Form {
    if (countMin <= BLOCK_COUNT && (countMax ?? 0) <= BLOCK_COUNT) return repeat(item, countMin, countMax);
    const block = this.add(`${wanted}-block`, repeat(item, BLOCK_COUNT, BLOCK_COUNT));
    const blockCount = Math.floor(countMin / BLOCK_COUNT);
    const restMin = countMin - blockCount * BLOCK_COUNT;
    const restMax = countMax === undefined ? undefined : countMax - blockCount * BLOCK_COUNT;
    const start = Array.from({ length: blockCount }, () => block);
    return sequence(...start, this.#upTo(wanted, item, block, restMin, restMax));
  }

  #upTo(wanted: string, item: Form, block: Form, countMin: number, countMax: number | undefined): Form {
    if (countMax === undefined || countMax <= BLOCK_COUNT) return repeat(item, countMin, countMax);
    const beyond = this.#upTo(wanted, item, block, 0, countMax - BLOCK_COUNT);
    const below = repeat(item, countMin, BLOCK_COUNT - 1);
    return this.add(`${wanted}-some`, choice(below, sequence(block, beyond)));
  }
}

/** The grammar as llama.cpp reads it, whose first rule is `root`. */
export function printGrammar(forms: ReadonlyMap<string, Form>): string {
  return Array.from(forms, ([name, form]) => `${name} ::= ${printForm(form)}\n`).join('');
}

function printForm(form: Form): string {
  switch (form.kind) {
    case 'text':
      return `"${form.text.replace(/[^ !#-[\]-~]/gu, escapeCharacter)}"`;
    case 'set':
      return `[${form.ranges.map(printRange).join('')}]`;
    case 'sequence':
      return form.items.length === 0 ? '""' : form.items.map(printItem).join(' ');
    case 'choice':
      return form.items.map(printItem).join(' | ');
    case 'repeat':
      return `${printItem(form.item)}${printCounts(form.countMin, form.countMax)}`;
    case 'rule':
      return form.name;
  }
}

/** In brackets, where a neighbour could be read into it. */
function printItem(form: Form): string {
  const isOne = form.kind === 'text' || form.kind === 'set' || form.kind === 'rule';
  return isOne ? printForm(form) : `(${printForm(form)})`;
}

function printCounts(countMin: number, countMax: number | undefined): string {
  if (countMax === undefined) return countMin === 0 ? '*' : countMin === 1 ? '+' : `{${countMin},}`;
  if (countMin === 0 && countMax === 1) return '?';
  return countMin === countMax ? `{${countMin}}` : `{${countMin},${countMax}}`;
}

function printRange([first, last]: CodePointRange): string {
  return first === last ? escapeCode(first) : `${escapeCode(first)}-${escapeCode(last)}`;
}

function escapeCharacter(character: string): string {
  return escapeCode(character.codePointAt(0) ?? 0);
}

function escapeCode(code: number): string {
  const character = String.fromCodePoint(code);
  if (/[A-Za-z0-9]/.test(character)) return character;
  return code < 0x100
    ? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    : `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`;
}
