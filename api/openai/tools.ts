import { z } from 'zod';

/** Most tools in one request, as the vendor's API has it. */
export const TOOLS_MAX = 128;

/** A JSON Schema as it came; the model server refuses what it can't hold a model to. */
export const jsonSchemaSchema = z.record(z.string(), z.unknown());

const functionNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'a function\'s name is 1 to 64 letters, digits, "_" and "-"' });

/** A function that the model may ask for. */
export const toolSchema = z.object({
  type: z.literal('function', { error: 'only tools of type "function" are served' }),
  function: z.object({
    name: functionNameSchema,
    description: z.string().optional(),
    parameters: jsonSchemaSchema.nullish(),
    /** Whether the arguments must fit `parameters` exactly. */
    strict: z.boolean().nullish(),
  }),
});
export type Tool = z.infer<typeof toolSchema>;

/** Whether, and which, function the model must ask for. `auto` where there are tools, else `none`. */
export const toolChoiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name: functionNameSchema }) }),
]);
export type ToolChoice = z.infer<typeof toolChoiceSchema>;

/** A function that the model asks for. `arguments` is the JSON text that it wrote, which may be wrong JSON. */
export const toolCallSchema = z.object({
  id: z.string().min(1).max(256),
  type: z.literal('function'),
  function: z.object({ name: z.string().min(1).max(256), arguments: z.string() }),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/** A piece of a call in a streamed answer: `index` says of which; `id`, `type` and `name` come with its first piece. */
export const toolCallDeltaSchema = z.object({
  index: z.int().min(0),
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
});
export type ToolCallDelta = z.infer<typeof toolCallDeltaSchema>;
