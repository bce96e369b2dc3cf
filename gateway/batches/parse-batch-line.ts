import {
  batchLineSchema,
  chatRequestSchema,
  completionRequestSchema,
  embeddingRequestSchema,
  responseRequestSchema,
} from '@rerig/api/openai';
import type { z } from 'zod';

/**
 * What a line of a batch's file is. `ready`: it can be run. `refused`: its door would refuse it, and so does the batch,
 * in the line's own result. `broken`: it is no line of a batch, so that the whole file is refused.
 */
export type ParsedBatchLine =
  | { readonly kind: 'ready'; readonly customId: string; readonly model: string; readonly body: string }
  | { readonly kind: 'refused'; readonly customId: string; readonly code: string; readonly message: string }
  | { readonly kind: 'broken'; readonly code: string; readonly message: string; readonly param: string | null };

type BodyCheck = (body: unknown) => z.ZodSafeParseResult<{ readonly model: string; readonly stream?: unknown }>;

const bodyChecks: ReadonlyMap<string, BodyCheck> = new Map<string, BodyCheck>([
  ['/v1/chat/completions', (body) => chatRequestSchema.safeParse(body)],
  ['/v1/completions', (body) => completionRequestSchema.safeParse(body)],
  ['/v1/embeddings', (body) => embeddingRequestSchema.safeParse(body)],
  ['/v1/responses', (body) => responseRequestSchema.safeParse(body)],
]);

/** Reads one line of a batch that asks `endpoint`. Never throws. */
export function parseBatchLine(bytes: Uint8Array, endpoint: string): ParsedBatchLine {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const message = `The line is not valid JSON in UTF-8: ${error instanceof Error ? error.message : 'unreadable'}.`;
    return { kind: 'broken', code: 'invalid_json_line', message, param: null };
  }
  const line = batchLineSchema.safeParse(value);
  if (!line.success) {
    const [issue] = line.error.issues;
    const param = issue === undefined || issue.path.length === 0 ? null : issue.path.map(String).join('.');
    const message = `The line's ${param === null ? 'shape' : `"${param}"`} is not as it must be: ${issue?.message ?? 'unreadable'}.`;
    return { kind: 'broken', code: 'invalid_request', message, param };
  }
  const { custom_id: customId, url, body } = line.data;
  if (hasControls(customId)) {
    const message = 'The line\'s "custom_id" holds control characters.';
    return { kind: 'broken', code: 'invalid_custom_id', message, param: 'custom_id' };
  }
  if (url !== endpoint) {
    const message = `The line's "url" is ${JSON.stringify(url.slice(0, 64))}, and the batch's endpoint is "${endpoint}".`;
    return { kind: 'broken', code: 'mismatched_endpoint', message, param: 'url' };
  }
  return parseBody(customId, endpoint, body);
}

function parseBody(customId: string, endpoint: string, body: unknown): ParsedBatchLine {
  const parsed = bodyChecks.get(endpoint)?.(body);
  if (parsed === undefined) {
    return { kind: 'broken', code: 'invalid_url', message: `There is no batch of "${endpoint}".`, param: 'url' };
  }
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const param = issue === undefined || issue.path.length === 0 ? 'body' : `body.${issue.path.map(String).join('.')}`;
    const message = `"${param}" is not as it must be: ${issue?.message ?? 'unreadable'}.`;
    return { kind: 'refused', customId, code: 'invalid_request', message };
  }
  if (parsed.data.stream === true) {
    const message = '"body.stream" is true, and what a batch asks is not streamed.';
    return { kind: 'refused', customId, code: 'invalid_request', message };
  }
  return { kind: 'ready', customId, model: parsed.data.model, body: JSON.stringify(body) };
}

/** Control characters, and halves of characters: neither would come back as it was sent. */
function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text) || !text.isWellFormed();
}
