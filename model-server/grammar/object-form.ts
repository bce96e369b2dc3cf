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
import {
  afterComma,
  anyObject,
  anyString,
  anyValue,
  braced,
  commaList,
  literal,
  member,
  PLAIN_CHARACTERS,
  quoted,
} from './json-forms.ts';
import { countOf, inside, isRecord, recordOf, requiredOf, type SchemaRecord } from './schema-reading.ts';
import { SchemaRefusal } from './schema-refusal.ts';

/** Gives the form of a schema inside another. */
export type SchemaVisit = (schema: unknown, place: string) => Form;

/** Most names of one object. */
const NAMES_MAX = 1000;

interface Member {
  readonly form: Form;
  readonly isRequired: boolean;
  /** Whether it may stand any number of times: all names but those that the schema has. */
  readonly isMany: boolean;
}

/**
 * An object, with its names in the schema's order. Names that the schema does not have are written only where
 * `additionalProperties` says so, or where it has none at all.
 */
export function objectForm(rules: GrammarRules, schema: SchemaRecord, place: string, visit: SchemaVisit): Form {
  const properties = recordOf(schema, 'properties', place);
  const required = requiredOf(schema, place);
  const names = [...new Set([...Object.keys(properties), ...required])];
  const additional = schema.additionalProperties ?? (names.length === 0 && schema.unevaluatedProperties !== false);
  if (names.length > NAMES_MAX) throw new SchemaRefusal(place, `It has more than ${NAMES_MAX} names.`);
  refuseWhatIsNotHeld(schema, place, names, required, additional !== false);
  if (names.length === 0 && additional === true && schema.propertyNames === undefined) return anyObject(rules);
  const members = names.flatMap((name): readonly Member[] => {
    const value = name in properties ? properties[name] : additional;
    const isRequired = required.includes(name);
    if (value === false) {
      if (!isRequired) return [];
      throw new SchemaRefusal(
        inside(place, 'required'),
        `${JSON.stringify(name)} must be there, and no value is allowed for it.`,
      );
    }
    const form = member(rules, literal(name), visit(value, inside(place, 'properties', name)));
    return [{ form: rules.add(`${name}-member`, form), isRequired, isMany: false }];
  });
  if (additional === false) return braced(rules, memberList(rules, members));
  const value = additional === true ? anyValue(rules) : visit(additional, inside(place, 'additionalProperties'));
  const form = rules.add('other-member', member(rules, otherName(rules, schema, names, place, visit), value));
  return braced(rules, memberList(rules, [...members, { form, isRequired: false, isMany: true }]));
}

function refuseWhatIsNotHeld(
  schema: SchemaRecord,
  place: string,
  names: readonly string[],
  required: readonly string[],
  isOpen: boolean,
): void {
  const patterns = recordOf(schema, 'patternProperties', place);
  if (Object.keys(patterns).length > 0) {
    throw new SchemaRefusal(inside(place, 'patternProperties'), 'Names that fit a pattern are not held to.');
  }
  if (schema.unevaluatedProperties !== undefined && (isOpen || schema.unevaluatedProperties !== false)) {
    throw new SchemaRefusal(inside(place, 'unevaluatedProperties'), 'Only false is held to, beside closed properties.');
  }
  if ((countOf(schema, 'minProperties', place) ?? 0) > required.length) {
    throw new SchemaRefusal(inside(place, 'minProperties'), 'More names than the required ones are not held to.');
  }
  if (
    (countOf(schema, 'maxProperties', place) ?? Number.POSITIVE_INFINITY) <
    (isOpen ? Number.POSITIVE_INFINITY : names.length)
  ) {
    throw new SchemaRefusal(inside(place, 'maxProperties'), 'Fewer names than the schema has are not held to.');
  }
}

function otherName(
  rules: GrammarRules,
  schema: SchemaRecord,
  names: readonly string[],
  place: string,
  visit: SchemaVisit,
): Form {
  const { propertyNames } = schema;
  const isTrivial = propertyNames === undefined || propertyNames === true || isTypeString(propertyNames);
  if (isTrivial) return names.length === 0 ? anyString(rules) : quoted(nameOutside(rules, names));
  if (names.length > 0) {
    throw new SchemaRefusal(inside(place, 'propertyNames'), 'It is held to only where the schema has no properties.');
  }
  return visit({ allOf: [{ type: 'string' }, propertyNames] }, inside(place, 'propertyNames'));
}

function isTypeString(schema: unknown): boolean {
  return isRecord(schema) && Object.keys(schema).length === 1 && schema.type === 'string';
}

/** The members with commas between; those that are not required may be left out. */
function memberList(rules: GrammarRules, members: readonly Member[]): Form {
  let tail: Form = text('');
  let head: Form = text('');
  for (const { form, isRequired, isMany } of members.toReversed()) {
    const more = afterComma(rules, form);
    const after = tail;
    if (isMany) {
      tail = repeat(rules.add('more', more), 0);
      head = optional(commaList(rules, form, 0));
    } else {
      tail = rules.add('tail', sequence(isRequired ? more : optional(more), after));
      head = rules.add('head', isRequired ? sequence(form, after) : choice(sequence(form, after), head));
    }
  }
  return head;
}

/** Names in a tree by their characters, as JSON writes them. */
interface NameTree {
  isName: boolean;
  readonly next: Map<string, NameTree>;
}

const SHORT_ESCAPES = '"\\bfnrt';

/** Inside of a JSON string that is none of these names. Nothing in it is written by number, so that no name has two faces. */
function nameOutside(rules: GrammarRules, names: readonly string[]): Form {
  const root: NameTree = { isName: false, next: new Map() };
  for (const name of names) {
    const units =
      JSON.stringify(name)
        .slice(1, -1)
        .match(/\\u[0-9a-f]{4}|\\.|[^\\]/gu) ?? [];
    // Such a name can't be written here at all.
    if (units.some((unit) => unit.startsWith('\\u'))) continue;
    let tree = root;
    for (const unit of units) {
      const next = tree.next.get(unit) ?? { isName: false, next: new Map() };
      tree.next.set(unit, next);
      tree = next;
    }
    tree.isName = true;
  }
  return nameTreeForm(rules, root);
}

function nameTreeForm(rules: GrammarRules, tree: NameTree): Form {
  const rest = rules.once('name-rest', () => repeat(unitExcept([]), 0));
  const forms = Array.from(tree.next, ([unit, next]) => sequence(text(unit), nameTreeForm(rules, next)));
  const other = sequence(unitExcept([...tree.next.keys()]), rest);
  return choice(...(tree.isName ? [] : [text('')]), ...forms, other);
}

function unitExcept(units: readonly string[]): Form {
  const taken = units
    .filter((unit) => unit.length > 0 && !unit.startsWith('\\'))
    .map((unit) => unit.codePointAt(0) ?? 0);
  const plain = taken.reduce<readonly CodePointRange[]>(
    (ranges, code) =>
      ranges.flatMap(([first, last]): readonly CodePointRange[] => {
        if (code < first || code > last) return [[first, last]];
        const parts: CodePointRange[] = [];
        if (first < code) parts.push([first, code - 1]);
        if (code < last) parts.push([code + 1, last]);
        return parts;
      }),
    PLAIN_CHARACTERS,
  );
  const escapes = Array.from(SHORT_ESCAPES).filter((name) => !units.includes(`\\${name}`));
  const escaped = escapes.length === 0 ? [] : [sequence(text('\\'), charactersOf(escapes.join('')))];
  return choice(set(...plain), ...escaped);
}
