import type { CodePointRange, Form } from './gbnf.ts';

/**
 * Loops over the same characters that may be open at one place. llama.cpp follows every reading of a token: with k loops
 * the readings of n characters are (n + k − 1 choose k − 1), 20,349 of 16 characters with 6, and 10¹⁰ with 20.
 */
const LOOPS_MAX = 6;
/** A repeated part this short or shorter can come again and again inside one token. */
const SHORT_CHARACTERS = 3;
/** Loops that are kept in mind at one place. */
const LOOPS_SEEN_MAX = 64;

/** Of each loop, the characters that its part begins with. */
type Loops = readonly (readonly CodePointRange[])[];

/** What a form looks like from outside. */
interface FormFacts {
  readonly canBeEmpty: boolean;
  readonly charactersMin: number;
  /** Characters it can begin with. */
  readonly first: readonly CodePointRange[];
  /** Of each loop over short parts that may be entered at its beginning: what its part begins with. */
  readonly loopsAtStart: Loops;
  /** The same of loops that may be open at its end. */
  readonly loopsAtEnd: Loops;
  /** Whether one comes through it within a few characters: its loops and those behind it are open together. */
  readonly isThin: boolean;
}

const NOTHING: FormFacts = {
  canBeEmpty: true,
  charactersMin: 0,
  first: [],
  loopsAtStart: [],
  loopsAtEnd: [],
  isThin: true,
};

/**
 * Why following a grammar would take too long, or never end; `undefined` where it would not: rules that begin with
 * themselves, parts that may be empty and are repeated, too many loops over the same characters in a row.
 */
export function grammarCostProblem(forms: ReadonlyMap<string, Form>): string | undefined {
  const reader = new CostReader(forms);
  for (const name of forms.keys()) reader.ofRule(name);
  return reader.problem;
}

class CostReader {
  problem: string | undefined;
  readonly #forms: ReadonlyMap<string, Form>;
  readonly #known = new Map<string, FormFacts>();
  readonly #open = new Set<string>();
  readonly #recursive = new Set<string>();
  readonly #shortest: ReadonlyMap<string, number>;

  constructor(forms: ReadonlyMap<string, Form>) {
    this.#forms = forms;
    this.#shortest = shortestTexts(forms);
    const name = ruleInItsBeginning(forms, this.#shortest);
    if (name !== undefined) this.problem = `the rule ${name} begins with itself`;
  }

  ofRule(name: string): FormFacts {
    const known = this.#known.get(name);
    if (known) return known;
    const form = this.#forms.get(name);
    const charactersMin = this.#shortest.get(name) ?? 0;
    // A rule inside itself stands behind a character: what is open at its beginning is no matter there.
    if (!form || this.#open.has(name) || this.problem !== undefined) {
      this.#recursive.add(name);
      return { ...NOTHING, canBeEmpty: charactersMin === 0, charactersMin };
    }
    this.#open.add(name);
    const inner = this.#of(form);
    this.#open.delete(name);
    // One that may be empty is a loop in other words.
    const isLoop = this.#recursive.has(name) && inner.canBeEmpty;
    const facts = isLoop
      ? {
          ...inner,
          isThin: true,
          loopsAtStart: this.#checked([inner.first, ...inner.loopsAtStart]),
          loopsAtEnd: this.#checked([inner.first, ...inner.loopsAtEnd]),
        }
      : inner;
    this.#known.set(name, facts);
    return facts;
  }

  #of(form: Form): FormFacts {
    switch (form.kind) {
      case 'text':
        return textFacts(form.text);
      case 'set':
        return { ...NOTHING, canBeEmpty: false, charactersMin: 1, first: form.ranges };
      case 'rule':
        return this.ofRule(form.name);
      case 'choice':
        return this.#ofChoice(form.items.map((item) => this.#of(item)));
      case 'sequence':
        return form.items.reduce<FormFacts>((facts, item) => this.#join(facts, this.#of(item)), NOTHING);
      case 'repeat':
        return this.#ofRepeat(form.countMin, form.countMax, this.#of(form.item));
    }
  }

  /** Of alternatives one is taken: their loops are not open together. */
  #ofChoice(facts: readonly FormFacts[]): FormFacts {
    return {
      canBeEmpty: facts.some((each) => each.canBeEmpty),
      charactersMin: Math.min(...facts.map((each) => each.charactersMin)),
      first: union(facts.flatMap((each) => each.first)),
      loopsAtStart: longest(facts.map((each) => each.loopsAtStart)),
      loopsAtEnd: longest(facts.map((each) => each.loopsAtEnd)),
      isThin: facts.some((each) => each.isThin && each.loopsAtStart.length > 0),
    };
  }

  #join(one: FormFacts, other: FormFacts): FormFacts {
    const together = (before: Loops, after: Loops, isThin: boolean) =>
      isThin ? this.#checked([...before, ...after]) : longest([before, after]);
    this.#checked([...one.loopsAtEnd, ...other.loopsAtStart]);
    return {
      canBeEmpty: one.canBeEmpty && other.canBeEmpty,
      charactersMin: one.charactersMin + other.charactersMin,
      first: one.canBeEmpty ? union([...one.first, ...other.first]) : one.first,
      loopsAtStart: one.canBeEmpty ? together(one.loopsAtStart, other.loopsAtStart, one.isThin) : one.loopsAtStart,
      loopsAtEnd: other.canBeEmpty ? together(one.loopsAtEnd, other.loopsAtEnd, other.isThin) : other.loopsAtEnd,
      isThin: one.isThin && other.isThin,
    };
  }

  #ofRepeat(countMin: number, countMax: number | undefined, item: FormFacts): FormFacts {
    const isMany = countMax === undefined || countMax > 1;
    if (isMany && item.canBeEmpty && item.first.length > 0) this.problem ??= 'a part that may be empty is repeated';
    const isShort = item.charactersMin <= SHORT_CHARACTERS;
    if (isMany) this.#checked([...item.loopsAtEnd, ...item.loopsAtStart]);
    const own = countMin !== countMax && isShort ? [item.first] : [];
    return {
      canBeEmpty: countMin === 0 || item.canBeEmpty,
      charactersMin: item.charactersMin * countMin,
      first: item.first,
      loopsAtStart: this.#checked([...own, ...item.loopsAtStart]),
      loopsAtEnd: this.#checked([...own, ...item.loopsAtEnd]),
      isThin: isShort,
    };
  }

  #checked(loops: Loops): Loops {
    if (mostAtOneCharacter(loops) > LOOPS_MAX) {
      this.problem ??= `more than ${LOOPS_MAX} optional or repeated parts in a row begin with the same character`;
    }
    return loops.slice(0, LOOPS_SEEN_MAX);
  }
}

/** The same characters in as few ranges as they need. */
function union(ranges: readonly CodePointRange[]): readonly CodePointRange[] {
  const merged: CodePointRange[] = [];
  for (const [first, last] of ranges.toSorted(([one], [other]) => one - other)) {
    const before = merged.at(-1);
    if (before && first <= before[1] + 1) merged[merged.length - 1] = [before[0], Math.max(before[1], last)];
    else merged.push([first, last]);
  }
  return merged;
}

function longest(lists: readonly Loops[]): Loops {
  return lists.reduce((most, list) => (list.length > most.length ? list : most), []);
}

function textFacts(text: string): FormFacts {
  const code = text.codePointAt(0);
  if (code === undefined) return NOTHING;
  return { ...NOTHING, canBeEmpty: false, charactersMin: text.length, first: [[code, code]] };
}

function mostAtOneCharacter(loops: Loops): number {
  if (loops.length <= LOOPS_MAX) return loops.length;
  const starts = loops.flatMap((ranges) => ranges.map(([first]) => first));
  const at = (code: number) =>
    loops.filter((ranges) => ranges.some(([first, last]) => first <= code && code <= last)).length;
  return starts.reduce((most, code) => Math.max(most, at(code)), 0);
}

/** The length of the shortest text of each rule; infinite where it has none. */
function shortestTexts(forms: ReadonlyMap<string, Form>): ReadonlyMap<string, number> {
  const shortest = new Map([...forms.keys()].map((name) => [name, Number.POSITIVE_INFINITY]));
  const of = (form: Form): number => {
    switch (form.kind) {
      case 'text':
        return form.text.length;
      case 'set':
        return 1;
      case 'rule':
        return shortest.get(form.name) ?? Number.POSITIVE_INFINITY;
      case 'choice':
        return form.items.reduce((least, item) => Math.min(least, of(item)), Number.POSITIVE_INFINITY);
      case 'sequence':
        return form.items.reduce((sum, item) => sum + of(item), 0);
      case 'repeat':
        return form.countMin === 0 ? 0 : form.countMin * of(form.item);
    }
  };
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const [name, form] of forms) {
      const length = of(form);
      if (length >= (shortest.get(name) ?? 0)) continue;
      shortest.set(name, length);
      hasChanged = true;
    }
  }
  return shortest;
}

/** A rule that can come to itself before any character. */
function ruleInItsBeginning(
  forms: ReadonlyMap<string, Form>,
  shortest: ReadonlyMap<string, number>,
): string | undefined {
  const states = new Map<string, 'open' | 'done'>();
  const canBeEmpty = (form: Form): boolean => {
    switch (form.kind) {
      case 'text':
        return form.text === '';
      case 'set':
        return false;
      case 'rule':
        return shortest.get(form.name) === 0;
      case 'choice':
        return form.items.some(canBeEmpty);
      case 'sequence':
        return form.items.every(canBeEmpty);
      case 'repeat':
        return form.countMin === 0 || canBeEmpty(form.item);
    }
  };
  const findInRule = (name: string): string | undefined => {
    const state = states.get(name);
    if (state !== undefined) return state === 'open' ? name : undefined;
    states.set(name, 'open');
    const form = forms.get(name);
    const found = form && find(form);
    states.set(name, 'done');
    return found;
  };
  const find = (form: Form): string | undefined => {
    switch (form.kind) {
      case 'text':
      case 'set':
        return undefined;
      case 'rule':
        return findInRule(form.name);
      case 'repeat':
        return find(form.item);
      case 'choice':
      case 'sequence':
        for (const item of form.items) {
          const found = find(item);
          if (found !== undefined) return found;
          if (form.kind === 'sequence' && !canBeEmpty(item)) return undefined;
        }
        return undefined;
    }
  };
  for (const name of forms.keys()) {
    const found = findInRule(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
