import { z } from 'zod';
import { MESSAGES_MAX } from './messages.ts';
import { metadataSchema } from './metadata.ts';
import { NEW_TOKENS_MAX, TOP_LOGPROBS_MAX } from './sampling.ts';
import { jsonSchemaSchema, TOOLS_MAX } from './tools.ts';

/** OpenAI's `POST /v1/responses`: what we accept. Unknown fields pass, as the vendor's clients add new ones. */

const text = z.string().max(4 * 1024 * 1024);
const inputPart = z.object({
  type: z.enum(['input_text', 'output_text', 'text'], {
    error:
      'only parts of type "input_text" and "output_text" are served: no served model sees pictures, files or sound',
  }),
  text,
});
const refusalPart = z.object({ type: z.literal('refusal'), refusal: text });
const itemId = z.string().min(1).max(256);

const messageItem = z.looseObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([text, z.array(z.union([inputPart, refusalPart])).max(MESSAGES_MAX)]),
});
const functionCallItem = z.looseObject({
  type: z.literal('function_call'),
  call_id: itemId,
  name: z.string().min(1).max(256),
  arguments: text,
});
const functionOutputItem = z.looseObject({
  type: z.literal('function_call_output'),
  call_id: itemId,
  output: z.union([text, z.array(inputPart).max(MESSAGES_MAX)]),
});
/** What a model thought in an earlier answer: taken, and not shown to the model again. */
const reasoningItem = z.looseObject({ type: z.literal('reasoning') });
const referenceItem = z.looseObject({ type: z.literal('item_reference'), id: itemId });

/** One item of a response's input: a message, a call of a function, its output, or what was thought. */
export const responseItemSchema = z.union([
  functionCallItem,
  functionOutputItem,
  reasoningItem,
  referenceItem,
  messageItem,
]);
export type ResponseItem = z.infer<typeof responseItemSchema>;

const functionName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, {
  error: 'a function\'s name is 1 to 64 letters, digits, "_" and "-"',
});

/** A function that the model may call, in this API's flat shape. */
export const responseToolSchema = z.looseObject({
  type: z.literal('function', { error: 'only tools of type "function" are served: there is no built-in tool here' }),
  name: functionName,
  description: z.string().nullish(),
  parameters: jsonSchemaSchema.nullish(),
  strict: z.boolean().nullish(),
});

/** What shape the text must have. */
export const responseTextSchema = z.looseObject({
  format: z
    .discriminatedUnion('type', [
      z.looseObject({ type: z.literal('text') }),
      z.looseObject({ type: z.literal('json_object') }),
      z.looseObject({
        type: z.literal('json_schema'),
        name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
        description: z.string().optional(),
        schema: jsonSchemaSchema,
        strict: z.boolean().nullish(),
      }),
    ])
    .nullish(),
});

/** A request for a response. `store` is true where it is absent. */
export const responseRequestSchema = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.union([text, z.array(responseItemSchema).min(1).max(MESSAGES_MAX)]),
  instructions: text.nullish(),
  previous_response_id: itemId.nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  background: z.literal(false, { error: 'background responses are not served; POST /v1/batches is' }).nullish(),
  conversation: z.null({ error: 'conversations are not kept; use "previous_response_id"' }).optional(),
  prompt: z.null({ error: 'stored prompts are not kept; send "instructions" and "input"' }).optional(),
  max_output_tokens: z.int().min(1).max(NEW_TOKENS_MAX).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(TOP_LOGPROBS_MAX).nullish(),
  include: z.array(z.string().max(128)).max(32).nullish(),
  tools: z.array(responseToolSchema).max(TOOLS_MAX).nullish(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.looseObject({
        type: z.literal('function', { error: 'only functions can be chosen: there is no built-in tool here' }),
        name: functionName,
      }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: responseTextSchema.nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  metadata: metadataSchema.nullish(),
  user: z.string().max(512).nullish(),
});
export type ResponseRequest = z.infer<typeof responseRequestSchema>;

const count = z.int().min(0);
const status = z.enum(['in_progress', 'completed', 'incomplete']);

/** What a response is made of. */
export const outputItemSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    id: z.string(),
    role: z.literal('assistant'),
    status,
    content: z.array(
      z.object({
        type: z.literal('output_text'),
        text: z.string(),
        annotations: z.array(z.never()),
        logprobs: z.array(z.unknown()),
      }),
    ),
  }),
  z.object({
    type: z.literal('function_call'),
    id: z.string(),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
    status,
  }),
]);
export type OutputItem = z.infer<typeof outputItemSchema>;

/** Tokens of a response, by the model server's own count. */
export const responseUsageSchema = z.object({
  input_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }),
  output_tokens: count,
  output_tokens_details: z.object({ reasoning_tokens: count }),
  total_tokens: count,
});
export type ResponseUsage = z.infer<typeof responseUsageSchema>;

/** A response, under way or ended. */
export const responseSchema = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  completed_at: z.int().nullable(),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.object({ reason: z.enum(['max_output_tokens', 'content_filter']) }).nullable(),
  model: z.string(),
  output: z.array(outputItemSchema),
  usage: responseUsageSchema.nullable(),
});
export type OpenAiResponse = z.infer<typeof responseSchema>;
