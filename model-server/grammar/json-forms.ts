import {
  type CodePointRange,
  charactersOf,
  choice,
  type Form,
  type GrammarRules,
  optional,
  repeat,
  sequence,
  set,
  text,
} from './gbnf.ts';

const LAST_CODE_POINT = 0x10ffff;
/** All characters: UTF-16's surrogates are none. */
export const ALL_CHARACTERS: readonly CodePointRange[] = [
  [0, 0xd7ff],
  [0xe000, LAST_CODE_POINT],
];

/** Characters that JSON writes as they are: all but quotation mark, backslash and controls. */
export const PLAIN_CHARACTERS: readonly CodePointRange[] = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0x7e],
  [0x80, 0xd7ff],
  [0xe000, LAST_CODE_POINT],
];

/** Digits of a whole number, as of a fraction: more than a double holds, and an end to a model that loves zeros. */
const DIGITS_MAX = 21;

/** White space where JSON allows it, but not without end (as llama.cpp's own converter has it). */
export function space(rules: GrammarRules): Form {
  return rules.once('space', () =>
    choice(text(''), text(' '), sequence(repeat(text('\n'), 1, 2), repeat(charactersOf(' \t'), 0, 20))),
  );
}

/** One character inside a JSON string, however it is written. No halves of surrogate pairs: they are no characters. */
export function stringCharacter(rules: GrammarRules): Form {
  return rules.once('char', () => {
    const hex = charactersOf('0-9a-fA-F');
    const code = choice(
      sequence(charactersOf('0-9a-cefA-CEF'), repeat(hex, 3, 3)),
      sequence(charactersOf('dD'), charactersOf('0-7'), repeat(hex, 2, 2)),
    );
    const escaped = sequence(text('\\'), choice(charactersOf('"\\/bfnrt'), sequence(text('u'), code)));
    return choice(set(...PLAIN_CHARACTERS), escaped);
  });
}

export function anyString(rules: GrammarRules): Form {
  return rules.once('string', () => quoted(repeat(stringCharacter(rules), 0)));
}

export function quoted(inside: Form): Form {
  return sequence(text('"'), inside, text('"'));
}

/** A JSON value written without white space. */
export function literal(value: unknown): Form {
  return text(JSON.stringify(value));
}

/** One of several JSON values: texts that begin alike share their beginning, so that few ways are open at each letter. */
export function literals(rules: GrammarRules, values: readonly unknown[]): Form {
  return startingAlike(rules, [...new Set(values.map((value) => JSON.stringify(value)))]);
}

function startingAlike(rules: GrammarRules, texts: readonly string[]): Form {
  const byFirst = Map.groupBy(texts, (each) => Array.from(each)[0] ?? '');
  const forms = Array.from(byFirst, ([first, group]): Form => {
    const [only] = group;
    if (group.length === 1) return text(only ?? '');
    const shared = sharedStart(group) || first;
    const rests = group.map((each) => each.slice(shared.length));
    return sequence(text(shared), rules.add('rest', startingAlike(rules, rests)));
  });
  return choice(...forms);
}

/** What all texts begin with; whole characters. */
function sharedStart(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length--;
  }
  const isTorn = /[\ud800-\udbff]/.test(first.charAt(length - 1));
  return first.slice(0, isTorn ? length - 1 : length);
}

export function digit(): Form {
  return charactersOf('0-9');
}

/** A number below 1e308 that JSON can write, so that every reader takes it for finite. */
export function anyNumber(rules: GrammarRules): Form {
  return rules.once('number', () => {
    const fraction = optional(sequence(text('.'), repeat(digit(), 1, DIGITS_MAX + 4)));
    const whole = choice(text('0'), sequence(charactersOf('1-9'), repeat(digit(), 0, DIGITS_MAX - 1)));
    const mark = charactersOf('eE');
    const small = sequence(mark, choice(text('-'), charactersOf('+'), text('')), repeat(digit(), 1, 2));
    const minus = sequence(mark, text('-'), repeat(digit(), 3, 3));
    const large = sequence(mark, optional(text('+')), charactersOf('12'), repeat(digit(), 2, 2));
    return sequence(
      optional(text('-')),
      choice(sequence(whole, fraction, optional(choice(small, minus))), sequence(charactersOf('1-9'), fraction, large)),
    );
  });
}

export function anyObject(rules: GrammarRules): Form {
  return rules.once('object', () =>
    braced(rules, optional(commaList(rules, member(rules, anyString(rules), anyValue(rules)), 0))),
  );
}

export function anyArray(rules: GrammarRules): Form {
  return rules.once('array', () => bracketed(rules, optional(commaList(rules, anyValue(rules), 0))));
}

export function anyValue(rules: GrammarRules): Form {
  return rules.once('value', () =>
    choice(
      anyObject(rules),
      anyArray(rules),
      anyString(rules),
      anyNumber(rules),
      text('true'),
      text('false'),
      text('null'),
    ),
  );
}

/** A name and its value. */
export function member(rules: GrammarRules, name: Form, value: Form): Form {
  return sequence(name, space(rules), text(':'), space(rules), value);
}

export function braced(rules: GrammarRules, inside: Form): Form {
  return sequence(text('{'), space(rules), inside, space(rules), text('}'));
}

export function bracketed(rules: GrammarRules, inside: Form): Form {
  return sequence(text('['), space(rules), inside, space(rules), text(']'));
}

/** One item, then `moreMin` to `moreMax` others, with commas between. */
export function commaList(rules: GrammarRules, item: Form, moreMin: number, moreMax?: number): Form {
  if (moreMax === 0) return item;
  const more = rules.add('more', afterComma(rules, item));
  return sequence(item, rules.repeatMany('list', more, moreMin, moreMax));
}

export function afterComma(rules: GrammarRules, item: Form): Form {
  return sequence(space(rules), text(','), space(rules), item);
}
