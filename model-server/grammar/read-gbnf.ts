import { type ServeFault, serveFault } from '../faults.ts';
import { type CodePointRange, choice, type Form, printGrammar, repeat, sequence, set, text } from './gbnf.ts';
import { grammarCostProblem } from './grammar-cost.ts';
import { ALL_CHARACTERS } from './json-forms.ts';

/** Deepest brackets: llama.cpp's own reader ends the process where its stack does. */
const DEPTH_MAX = 64;
const COPIES_MAX = 1000;
/** Most rules: each step of a model may have to follow many. */
const RULES_MAX = 500;

/**
 * Checks a request's GBNF and gives it as llama.cpp is to read it. llama.cpp would print a grammar with a mistake to the
 * log, end the process on one that is too deep, and be busy without end with one that can be read in too many ways.
 */
export function readGbnf(grammar: string): string | ServeFault {
  try {
    const forms = new GbnfReader(grammar).read();
    const problem = grammarCostProblem(forms);
    return problem === undefined ? printGrammar(forms) : refused(`It can't be followed: ${problem}.`);
  } catch (error) {
    if (error instanceof GbnfMistake) return refused(error.why);
    throw error;
  }
}

class GbnfMistake extends Error {
  /** One sentence. */
  readonly why: string;

  constructor(why: string) {
    super(why);
    this.name = 'GbnfMistake';
    this.why = why;
  }
}

function refused(why: string): ServeFault {
  return serveFault('grammar_refused', {
    what: 'The grammar of the request is not accepted.',
    why,
    mend: 'Correct it: GBNF as llama.cpp has it, with a rule called root, and each part to be read in few ways.',
  });
}

class GbnfReader {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** The rules, `root` first. */
  read(): ReadonlyMap<string, Form> {
    const rules = new Map<string, Form>();
    this.#space(true);
    while (this.#at < this.#source.length) {
      const name = this.#match(/[A-Za-z0-9-]+/y) ?? this.#fail('a rule has no name');
      this.#space(false);
      if (this.#match(/::=/y) === undefined) return this.#fail('"::=" is missing behind the name of a rule');
      this.#space(true);
      rules.set(name, this.#choice(false));
      this.#space(true);
      if (rules.size > RULES_MAX) return this.#fail(`it has more than ${RULES_MAX} rules`);
    }
    const root = rules.get('root');
    if (!root) return this.#fail('it has no rule "root"');
    for (const name of namesIn([...rules.values()])) {
      if (!rules.has(name)) return this.#fail('a rule that it names is not there');
    }
    return new Map([['root', root], ...rules]);
  }

  #choice(isNested: boolean): Form {
    const items = [this.#sequence(isNested)];
    while (this.#match(/\|/y) !== undefined) {
      this.#space(true);
      items.push(this.#sequence(isNested));
    }
    return choice(...items);
  }

  #sequence(isNested: boolean): Form {
    const items: Form[] = [];
    for (;;) {
      const item = this.#item();
      if (item === undefined) return items.length === 0 ? text('') : sequence(...items);
      items.push(this.#repeated(item));
      this.#space(isNested);
    }
  }

  #item(): Form | undefined {
    const next = this.#source[this.#at];
    if (next === '"') return this.#literal();
    if (next === '[') return this.#class();
    if (next === '(') return this.#group();
    if (next === '.') {
      this.#at++;
      return set(...ALL_CHARACTERS);
    }
    if (next === '<' || next === '!') return this.#fail('tokens by number or name are not read');
    const name = this.#match(/[A-Za-z0-9-]+/y);
    return name === undefined ? undefined : { kind: 'rule', name };
  }

  #group(): Form {
    this.#at++;
    this.#depth++;
    if (this.#depth > DEPTH_MAX) return this.#fail(`its brackets are more than ${DEPTH_MAX} deep`);
    this.#space(true);
    const form = this.#choice(true);
    if (this.#match(/\)/y) === undefined) return this.#fail('a bracket is not closed');
    this.#depth--;
    return form;
  }

  #repeated(item: Form): Form {
    const counts = this.#counts();
    if (counts === undefined) return item;
    const [countMin, countMax] = counts;
    if (Math.max(countMin, countMax ?? 0) > COPIES_MAX) {
      return this.#fail(`a part is repeated more than ${COPIES_MAX} times`);
    }
    if (this.#counts() !== undefined) return this.#fail('a repetition is repeated');
    return repeat(item, countMin, countMax);
  }

  #counts(): readonly [countMin: number, countMax: number | undefined] | undefined {
    const sign = this.#match(/[*+?]/y);
    if (sign !== undefined) return sign === '?' ? [0, 1] : [sign === '+' ? 1 : 0, undefined];
    const braces = this.#match(/\{\s*\d{1,6}\s*(?:,\s*(?:\d{1,6})?\s*)?\}/y);
    if (braces === undefined) {
      return this.#source[this.#at] === '{' ? this.#fail('a repetition in braces is not of numbers') : undefined;
    }
    const [countMin = 0, countMax] = Array.from(braces.matchAll(/\d+/g), ([digits]) => Number(digits));
    if (countMax !== undefined && countMax < countMin)
      return this.#fail('a repetition has less for its most than for its least');
    return [countMin, braces.includes(',') ? countMax : countMin];
  }

  #literal(): Form {
    this.#at++;
    let value = '';
    while (this.#match(/"/y) === undefined) value += String.fromCodePoint(this.#character());
    return text(value);
  }

  #class(): Form {
    this.#at++;
    const isNegated = this.#match(/\^/y) !== undefined;
    const ranges: CodePointRange[] = [];
    while (this.#match(/\]/y) === undefined) {
      const first = this.#character();
      const isRange = this.#match(/-(?!\])/y) !== undefined;
      const last = isRange ? this.#character() : first;
      if (last < first) return this.#fail('a range of characters is the wrong way round');
      ranges.push([first, last]);
    }
    const wanted = isNegated ? complement(ranges) : ranges;
    return wanted.length === 0 ? this.#fail('a class of characters is empty') : set(...wanted);
  }

  #character(): number {
    const written = this.#match(/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[trn\\"[\]-])/y);
    if (written !== undefined) return this.#escaped(written);
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) return this.#fail('it ends inside a text or a class');
    if (code === 0x5c) return this.#fail('an escape is not known');
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #escaped(written: string): number {
    const letter = written.charAt(1);
    if (letter === 't') return 9;
    if (letter === 'n') return 10;
    if (letter === 'r') return 13;
    if (written.length === 2) return letter.charCodeAt(0);
    const code = Number.parseInt(written.slice(2), 16);
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? this.#fail('an escape is no character') : code;
  }

  #space(overLines: boolean): void {
    this.#match(overLines ? /(?:[ \t\r\n]|#[^\n]*)+/y : /(?:[ \t]|#[^\n]*)+/y);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (!found) return undefined;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #fail(why: string): never {
    const line = this.#source.slice(0, this.#at).split('\n').length;
    throw new GbnfMistake(`In line ${line}, ${why}.`);
  }
}

function namesIn(forms: readonly Form[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (form: Form): void => {
    if (form.kind === 'rule') names.add(form.name);
    else if (form.kind === 'repeat') visit(form.item);
    else if (form.kind === 'sequence' || form.kind === 'choice') form.items.forEach(visit);
  };
  forms.forEach(visit);
  return names;
}

/** The characters that are in none of the ranges. */
function complement(ranges: readonly CodePointRange[]): readonly CodePointRange[] {
  return ranges.reduce<readonly CodePointRange[]>(
    (left, [first, last]) =>
      left.flatMap(([from, to]): readonly CodePointRange[] => {
        const below: readonly CodePointRange[] = from < first ? [[from, Math.min(to, first - 1)]] : [];
        return to > last ? [...below, [Math.max(from, last + 1), to]] : below;
      }),
    ALL_CHARACTERS,
  );
}
