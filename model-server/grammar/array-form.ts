import { type Form, type GrammarRules, optional, sequence, text } from './gbnf.ts';
import { afterComma, anyArray, anyValue, bracketed, commaList } from './json-forms.ts';
import type { SchemaVisit } from './object-form.ts';
import { countOf, inside, listOf, type SchemaRecord } from './schema-reading.ts';
import { SchemaRefusal } from './schema-refusal.ts';

/** An array. Behind `prefixItems` more is written only where `items` says of what. */
export function arrayForm(rules: GrammarRules, schema: SchemaRecord, place: string, visit: SchemaVisit): Form {
  if (schema.uniqueItems === true)
    throw new SchemaRefusal(inside(place, 'uniqueItems'), 'That items differ is not held to.');
  const isOldTuple = Array.isArray(schema.items);
  const prefix = isOldTuple ? (listOf(schema, 'items', place) ?? []) : (listOf(schema, 'prefixItems', place) ?? []);
  const rest = isOldTuple ? schema.additionalItems : schema.items;
  const countMin = countOf(schema, 'minItems', place) ?? 0;
  const isClosed = rest === false || (rest === undefined && prefix.length > 0 && countMin <= prefix.length);
  const countMax = Math.min(
    countOf(schema, 'maxItems', place) ?? Number.POSITIVE_INFINITY,
    isClosed ? prefix.length : Number.POSITIVE_INFINITY,
  );
  if (countMax < countMin)
    throw new SchemaRefusal(inside(place, 'minItems'), `At most ${countMax} items are possible.`);
  if (countMax === 0) return bracketed(rules, text(''));
  const bounded = countMax === Number.POSITIVE_INFINITY ? undefined : countMax;
  const isAny = rest === undefined || rest === true;
  if (prefix.length === 0) {
    if (isAny && countMin === 0 && bounded === undefined) return anyArray(rules);
    const item = isAny ? anyValue(rules) : visit(rest, inside(place, 'items'));
    const list = commaList(rules, item, Math.max(0, countMin - 1), bounded === undefined ? undefined : bounded - 1);
    return bracketed(rules, countMin === 0 ? optional(list) : list);
  }
  return bracketed(rules, tuple(rules, schemaForms(), countMin, countMax, more()));

  function schemaForms(): readonly Form[] {
    return prefix.slice(0, countMax).map((item, index) => visit(item, inside(place, 'prefixItems', String(index))));
  }
  function more(): Form {
    if (countMax <= prefix.length) return text('');
    const item = afterComma(rules, isAny ? anyValue(rules) : visit(rest, inside(place, 'items')));
    const restMax = bounded === undefined ? undefined : bounded - prefix.length;
    return rules.repeatMany('list', rules.add('more', item), Math.max(0, countMin - prefix.length), restMax);
  }
}

function tuple(rules: GrammarRules, items: readonly Form[], countMin: number, countMax: number, more: Form): Form {
  let list: Form = countMax > items.length ? more : text('');
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index] ?? text('');
    const from = sequence(index === 0 ? item : afterComma(rules, item), list);
    list = rules.add('tuple', index < countMin ? from : optional(from));
  }
  return list;
}
