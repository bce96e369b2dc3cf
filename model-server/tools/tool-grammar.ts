import type { Tool } from '@rerig/api/openai';
import type { ServeFault } from '../faults.ts';
import { choice, type Form, GrammarRules, repeat, sequence, text } from '../grammar/gbnf.ts';
import { anyObject } from '../grammar/json-forms.ts';
import { grammarOf, rulesOf, SchemaReader } from '../grammar/json-schema-grammar.ts';
import { SchemaRefusal } from '../grammar/schema-refusal.ts';
import type { ToolFormat } from './tool-format.ts';

/**
 * The grammar of calls of these functions: of one, or of as many as the model likes where `isParallel`. A function's
 * parameters are held to; where that can't be, a `strict` function is refused, and another's arguments are any object.
 */
export function toolCallGrammar(tools: readonly Tool[], format: ToolFormat, isParallel: boolean): string | ServeFault {
  return grammarOf(() =>
    rulesOf((rules) => {
      const { open, beforeName, beforeArguments, afterArguments, between, close } = format.written;
      const calls = tools.map((tool, index) => {
        const { name } = tool.function;
        const begin = text(`${beforeName}${name}${beforeArguments}`);
        return sequence(begin, argumentsForm(rules, tool, index), text(afterArguments));
      });
      const call = rules.add('call', choice(...calls));
      const more = rules.add('next-call', sequence(text(between), call));
      return sequence(text(open), call, ...(isParallel ? [repeat(more, 0)] : []), text(close));
    }),
  );
}

function argumentsForm(rules: GrammarRules, { function: { parameters, strict } }: Tool, index: number): Form {
  const place = `tools.${index}.function.parameters`;
  if (parameters === undefined || parameters === null) return anyObject(rules);
  const schema = { type: 'object', ...parameters };
  const refusal = refusalOf(schema);
  if (refusal === undefined) return new SchemaReader(rules, schema).form(schema, '');
  // The vendor's API promises nothing for functions that are not strict.
  if (strict !== true) return anyObject(rules);
  const where = [place, refusal.place].filter((part) => part !== '').join('.');
  throw new SchemaRefusal(where, refusal.why, { cause: refusal });
}

/** Tried in rules of its own: what is left of a schema that is refused half-way makes no grammar. */
function refusalOf(schema: unknown): SchemaRefusal | undefined {
  try {
    new SchemaReader(new GrammarRules(), schema).form(schema, '');
    return undefined;
  } catch (error) {
    if (error instanceof SchemaRefusal) return error;
    throw error;
  }
}

/** From where on the calls' grammar holds in an answer that may also be text. */
export function toolCallTriggers(tools: readonly Tool[], format: ToolFormat): readonly string[] {
  if (format.openMark !== null) return [escapePattern(format.written.open || format.openMark)];
  const names = tools.map((tool) => tool.function.name).join('|');
  return [`^\\s*(\\{"name": "(?:${names})")`];
}

function escapePattern(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
