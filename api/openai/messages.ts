import { z } from 'zod';
import { toolCallSchema } from './tools.ts';

const textPart = z.object({
  type: z.literal('text', { error: 'only parts of type "text" are served: no served model sees pictures or sound' }),
  text: z.string(),
});
const content = z.union([z.string(), z.array(textPart).min(1)]);
const name = z.string().max(256).optional();

/**
 * One message. `content` is text, or parts of which only `text` is accepted. An assistant's may be null where it asked
 * for tools; a tool's answer names the call that it answers.
 */
export const chatMessageSchema = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer', 'user']), content, name }),
  z
    .object({
      role: z.literal('assistant'),
      content: content.nullish(),
      refusal: z.string().nullish(),
      tool_calls: z.array(toolCallSchema).min(1).max(128).optional(),
      name,
    })
    .refine(
      (message) =>
        typeof message.content === 'string' || !!message.content || !!message.refusal || !!message.tool_calls,
      { error: "an assistant's message has content, or tool_calls", path: ['content'] },
    ),
  z.object({ role: z.literal('tool'), content, tool_call_id: z.string().min(1).max(256) }),
]);
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** Most messages in one request: past it, no context length that we serve could hold even their role marks. */
export const MESSAGES_MAX = 4096;

/** The text of a message, its parts joined; empty where it has none. */
export function messageText(message: ChatMessage): string {
  const { content: text } = message;
  if (text === null || text === undefined) return '';
  return typeof text === 'string' ? text : text.map((part) => part.text).join('');
}
