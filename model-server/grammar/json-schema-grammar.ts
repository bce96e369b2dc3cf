import { type ServeFault, serveFault } from '../faults.ts';
import { arrayForm } from './array-form.ts';
import { areDisjoint } from './disjoint-schemas.ts';
import { choice, type Form, GrammarRules, printGrammar, text } from './gbnf.ts';
import { grammarCostProblem } from './grammar-cost.ts';
import { anyNumber, anyObject, anyString, anyValue, literals, quoted, stringCharacter } from './json-forms.ts';
import { mergeSchemas } from './merge-schemas.ts';
import { numbersBetween, wholeNumbers } from './number-range.ts';
import { objectForm } from './object-form.ts';
import { patternString } from './pattern.ts';
import {
  constraintsOf,
  countOf,
  inside,
  isDeeper,
  isOfType,
  isRecord,
  type JsonType,
  listOf,
  numberOf,
  type SchemaRecord,
  TYPES,
  textOf,
  typeOfValue,
  typesOf,
  valuesOf,
} from './schema-reading.ts';
import { SchemaRefusal } from './schema-refusal.ts';
import { stringFormat } from './string-formats.ts';

/** Longest schema, as JSON. */
const SCHEMA_CHARACTERS_MAX = 128 * 1024;
const DEPTH_MAX = 200;
const RULES_MAX = 20_000;
const LENGTH_MAX = 1_000_000;

const STRING_KEYS = ['minLength', 'maxLength', 'pattern', 'format'];
const NUMBER_KEYS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const OBJECT_KEYS = [
  'properties',
  'required',
  'additionalProperties',
  'patternProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'unevaluatedProperties',
];
const ARRAY_KEYS = ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems'];
const HELD: ReadonlySet<string> = new Set([
  '$ref',
  'type',
  'nullable',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'allOf',
  ...STRING_KEYS,
  ...NUMBER_KEYS,
  ...OBJECT_KEYS,
  ...ARRAY_KEYS,
]);

/**
 * The grammar, in GBNF with `root` first, of JSON that fits a JSON Schema (2020-12, and draft 7's tuples). Names are
 * written in the schema's order. A keyword that a grammar can't hold a model to is refused, with its place in the
 * schema, never left out; what is not said is read narrowly: only names and items that the schema speaks of.
 */
export function jsonSchemaGrammar(schema: unknown): string | ServeFault {
  return grammarOf(() => jsonSchemaRules(schema));
}

/** The rules of that grammar; throws `SchemaRefusal`. */
export function jsonSchemaRules(schema: unknown): GrammarRules {
  return rulesOf((rules) => new SchemaReader(rules, schema).form(schema, ''));
}

/** Rules whose first, `root`, is what `make` gives. */
export function rulesOf(make: (rules: GrammarRules) => Form): GrammarRules {
  const rules = new GrammarRules();
  const root = rules.reserve('root');
  rules.define(root, text(''));
  rules.define(root, make(rules));
  return rules;
}

/** The grammar of any JSON object. */
export function anyObjectGrammar(): string {
  return printGrammar(rulesOf(anyObject).forms);
}

/** Prints the rules that are made; a `SchemaRefusal` becomes a fault. */
export function grammarOf(make: () => GrammarRules): string | ServeFault {
  try {
    const { forms } = make();
    const problem = grammarCostProblem(forms);
    if (problem !== undefined) throw new SchemaRefusal('', `It can't be followed: ${problem}.`);
    return printGrammar(forms);
  } catch (error) {
    if (!(error instanceof SchemaRefusal)) throw error;
    return serveFault('schema_not_held', {
      what: `The JSON Schema can't be held to at ${error.place === '' ? 'its top' : JSON.stringify(error.place.slice(0, 300))}.`,
      why: error.why,
      mend: 'Say it in keywords that are held to, or leave it out and check the answer yourself.',
    });
  }
}

/** Turns the schemas of one document into rules. */
export class SchemaReader {
  readonly #rules: GrammarRules;
  readonly #document: unknown;
  readonly #ruleByKey = new Map<string, string>();
  /** Schemas that are being read, of which no character has been written yet. */
  #unwritten: ReadonlySet<string> = new Set();
  #depth = 0;

  constructor(rules: GrammarRules, document: unknown) {
    this.#rules = rules;
    this.#document = document;
    if (isDeeper(document, DEPTH_MAX)) throw new SchemaRefusal('', `It is more than ${DEPTH_MAX} values deep.`);
    if ((JSON.stringify(document)?.length ?? 0) > SCHEMA_CHARACTERS_MAX) {
      throw new SchemaRefusal('', `It is longer than ${SCHEMA_CHARACTERS_MAX} characters.`);
    }
  }

  /** The form of a schema at a place. The same schema has the same rule, so that it may refer to itself. */
  form(schema: unknown, place: string): Form {
    if (schema === true || schema === undefined) return anyValue(this.#rules);
    if (schema === false) throw new SchemaRefusal(place, 'No value fits it.');
    if (!isRecord(schema)) throw new SchemaRefusal(place, 'It is neither an object nor a boolean.');
    const key = JSON.stringify(constraintsOf(schema));
    if (this.#unwritten.has(key)) throw new SchemaRefusal(place, 'It refers to itself without end.');
    const known = this.#ruleByKey.get(key);
    if (known !== undefined) return { kind: 'rule', name: known };
    if (this.#depth >= DEPTH_MAX) throw new SchemaRefusal(place, `It is more than ${DEPTH_MAX} schemas deep.`);
    if (this.#rules.forms.size > RULES_MAX) throw new SchemaRefusal(place, `It makes more than ${RULES_MAX} rules.`);
    const name = this.#rules.reserve(place.split('.').at(-1) || 'schema');
    this.#ruleByKey.set(key, name);
    const unwritten = this.#unwritten;
    this.#unwritten = new Set([...unwritten, key]);
    this.#depth++;
    const form = this.#rules.define(name, this.#read(schema, place));
    this.#depth--;
    this.#unwritten = unwritten;
    return form;
  }

  #read(given: SchemaRecord, place: string): Form {
    const schema = this.#open(given, place);
    if (schema === false) throw new SchemaRefusal(place, 'No value fits it.');
    const { anyOf, ...rest } = schema;
    if (anyOf === undefined) return this.#readFlat(schema, place);
    return this.#alternatives(listOf(schema, 'anyOf', place) ?? [], rest, inside(place, 'anyOf'));
  }

  #alternatives(alternatives: readonly unknown[], rest: SchemaRecord, place: string): Form {
    const hasRest = Object.keys(rest).length > 0;
    const forms = alternatives.flatMap((alternative, index) => {
      const whole = hasRest && alternative !== true ? { allOf: [rest, alternative] } : hasRest ? rest : alternative;
      const opened = isRecord(whole) ? this.#open(whole, inside(place, String(index))) : whole;
      return opened === false ? [] : [this.form(hasRest ? opened : whole, inside(place, String(index)))];
    });
    if (forms.length === 0) throw new SchemaRefusal(place, 'No value fits any of the alternatives.');
    return choice(...forms);
  }

  /** A schema without `$ref`, `allOf` and `oneOf` at its top; `false` where nothing fits it. */
  #open(given: unknown, place: string, seen: ReadonlySet<string> = new Set()): SchemaRecord | false {
    if (given === true) return {};
    if (given === false) return false;
    if (!isRecord(given)) throw new SchemaRefusal(place, 'It is neither an object nor a boolean.');
    const schema = constraintsOf(given);
    const unknown = Object.keys(schema).find((key) => !HELD.has(key));
    if (unknown !== undefined) throw new SchemaRefusal(inside(place, unknown), 'This keyword is not held to.');
    const { $ref, allOf, oneOf, ...rest } = schema;
    let merged: SchemaRecord | false = rest;
    const merge = (other: SchemaRecord | false, at: string) => {
      merged = merged === false || other === false ? false : mergeSchemas(merged, other, at);
    };
    if ($ref !== undefined) {
      const pointer = textOf(schema, '$ref', place) ?? '';
      if (seen.has(pointer)) throw new SchemaRefusal(inside(place, '$ref'), 'It refers to itself without end.');
      merge(this.#open(this.#resolve(pointer, place), pointer, new Set([...seen, pointer])), place);
    }
    for (const [index, part] of (listOf(schema, 'allOf', place) ?? []).entries()) {
      merge(this.#open(part, inside(place, 'allOf', String(index)), seen), place);
    }
    if (oneOf !== undefined) merge({ anyOf: this.#told(schema, place) }, place);
    return merged;
  }

  /** The alternatives of `oneOf`, which must be plainly apart: a grammar can't see that a value fits two of them. */
  #told(schema: SchemaRecord, place: string): readonly unknown[] {
    const alternatives = listOf(schema, 'oneOf', place) ?? [];
    const open = (alternative: unknown) => this.#open(alternative, inside(place, 'oneOf'));
    for (const [index, alternative] of alternatives.entries()) {
      const other = alternatives.findIndex((later, at) => at > index && !areDisjoint(alternative, later, open));
      if (other < 0) continue;
      const why = `A value might fit both alternatives ${index} and ${other}: use anyOf, or a name with a const in each.`;
      throw new SchemaRefusal(inside(place, 'oneOf'), why);
    }
    return alternatives;
  }

  #resolve(pointer: string, place: string): unknown {
    if (pointer !== '#' && !pointer.startsWith('#/')) {
      throw new SchemaRefusal(inside(place, '$ref'), 'Only references inside the schema ("#/$defs/…") are followed.');
    }
    let target = this.#document;
    for (const step of pointer.split('/').slice(1)) {
      const name = unescapePointer(step);
      const isThere = (isRecord(target) || Array.isArray(target)) && Object.hasOwn(target, name);
      if (!isThere) throw new SchemaRefusal(inside(place, '$ref'), `There is nothing at ${JSON.stringify(pointer)}.`);
      target = Array.isArray(target) ? target[Number(name)] : isRecord(target) ? target[name] : undefined;
    }
    return target;
  }

  #readFlat(schema: SchemaRecord, place: string): Form {
    const types = typesOf(schema, place) ?? inferTypes(schema);
    const values = valuesOf(schema, place);
    if (values) return this.#values(schema, values, types, place);
    if (types === undefined) return anyValue(this.#rules);
    const narrow = types.filter((type) => type !== 'integer' || !types.includes('number'));
    return choice(...narrow.map((type) => this.#ofType(type, schema, place)));
  }

  #values(
    schema: SchemaRecord,
    values: readonly unknown[],
    types: readonly JsonType[] | undefined,
    place: string,
  ): Form {
    const beside = Object.keys(schema).find((key) => !['type', 'nullable', 'enum', 'const'].includes(key));
    if (beside !== undefined) throw new SchemaRefusal(inside(place, beside), 'It is not held to beside enum or const.');
    const fitting = values.filter((value) => types === undefined || isOfType(typeOfValue(value), types));
    if (fitting.length === 0) throw new SchemaRefusal(inside(place, 'enum'), 'None of its values is of its type.');
    return literals(this.#rules, fitting);
  }

  #ofType(type: JsonType, schema: SchemaRecord, place: string): Form {
    const visit = (inner: unknown, at: string) => this.#inside(inner, at);
    switch (type) {
      case 'null':
        return text('null');
      case 'boolean':
        return choice(text('true'), text('false'));
      case 'integer':
      case 'number':
        return this.#number(type, schema, place);
      case 'string':
        return this.#string(schema, place);
      case 'object':
        return objectForm(this.#rules, schema, place, visit);
      case 'array':
        return arrayForm(this.#rules, schema, place, visit);
    }
  }

  /** A schema inside a bracket, which may be one that is being read. */
  #inside(schema: unknown, place: string): Form {
    const unwritten = this.#unwritten;
    this.#unwritten = new Set();
    const form = this.form(schema, place);
    this.#unwritten = unwritten;
    return form;
  }

  #number(type: 'integer' | 'number', schema: SchemaRecord, place: string): Form {
    const step = numberOf(schema, 'multipleOf', place);
    const isWhole = type === 'integer' || step === 1;
    if (step !== undefined && step !== 1) throw new SchemaRefusal(inside(place, 'multipleOf'), 'Only 1 is held to.');
    const bounds = numberBounds(schema, place);
    if (isWhole) return wholeNumbers(bounds) ?? refuseEmpty(place);
    if (bounds.from === undefined && bounds.to === undefined) return anyNumber(this.#rules);
    for (const key of NUMBER_KEYS) {
      if (Number.isInteger(numberOf(schema, key, place) ?? 0)) continue;
      throw new SchemaRefusal(inside(place, key), 'Of numbers only whole bounds are held to.');
    }
    return numbersBetween(bounds) ?? refuseEmpty(place);
  }

  #string(schema: SchemaRecord, place: string): Form {
    const [lengthMin, lengthMax] = [countOf(schema, 'minLength', place), countOf(schema, 'maxLength', place)];
    const [pattern, format] = [textOf(schema, 'pattern', place), textOf(schema, 'format', place)];
    const hasLength = lengthMin !== undefined || lengthMax !== undefined;
    if (hasLength && (pattern !== undefined || format !== undefined)) {
      const key = pattern === undefined ? 'format' : 'pattern';
      throw new SchemaRefusal(inside(place, key), 'It is not held to beside minLength or maxLength.');
    }
    // Beside a pattern, a format is a name for it: by JSON Schema's own rules it says nothing about what fits.
    if (pattern !== undefined) return patternString(this.#rules, pattern, inside(place, 'pattern'));
    if (format !== undefined) {
      const form = stringFormat(this.#rules, format);
      if (form) return quoted(form);
      throw new SchemaRefusal(
        inside(place, 'format'),
        `The format ${JSON.stringify(format.slice(0, 64))} is not held to.`,
      );
    }
    if (!hasLength) return anyString(this.#rules);
    if ((lengthMax ?? 0) < (lengthMin ?? 0) && lengthMax !== undefined) return refuseEmpty(place);
    if (Math.max(lengthMin ?? 0, lengthMax ?? 0) > LENGTH_MAX) {
      throw new SchemaRefusal(place, `Lengths past ${LENGTH_MAX} characters are not held to.`);
    }
    const character = stringCharacter(this.#rules);
    return quoted(this.#rules.repeatMany('text', character, lengthMin ?? 0, lengthMax));
  }
}

function inferTypes(schema: SchemaRecord): readonly JsonType[] | undefined {
  const types = TYPES.filter((type) => {
    if (type === 'object') return OBJECT_KEYS.some((key) => key in schema);
    if (type === 'array') return ARRAY_KEYS.some((key) => key in schema);
    if (type === 'string') return STRING_KEYS.some((key) => key in schema);
    return type === 'number' && NUMBER_KEYS.some((key) => key in schema);
  });
  return types.length === 0 ? undefined : types;
}

function numberBounds(schema: SchemaRecord, place: string) {
  const [least, above] = [numberOf(schema, 'minimum', place), numberOf(schema, 'exclusiveMinimum', place)];
  const [most, below] = [numberOf(schema, 'maximum', place), numberOf(schema, 'exclusiveMaximum', place)];
  const isFromOpen = above !== undefined && (least === undefined || above >= least);
  const isToOpen = below !== undefined && (most === undefined || below <= most);
  return { from: isFromOpen ? above : least, to: isToOpen ? below : most, isFromOpen, isToOpen };
}

function unescapePointer(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    // A step that is no URI encoding stands for itself.
    return step.replaceAll('~1', '/').replaceAll('~0', '~');
  }
}

function refuseEmpty(place: string): never {
  throw new SchemaRefusal(place, 'No value fits its bounds.');
}
