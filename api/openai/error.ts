import type { Fault } from '@rerig/domain/fault';
import { z } from 'zod';

/**
 * OpenAI's error body. `message` says what, why and mend, so that a client that prints only it says all;
 * `rerig` carries the same three apart for programs.
 */
export const openAiErrorSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
    rerig: z
      .object({ what: z.string(), why: z.string(), mend: z.string(), retry: z.enum(['never', 'after-mend', 'later']) })
      .optional(),
  }),
});
export type OpenAiError = z.infer<typeof openAiErrorSchema>;

/** The vendor's `type` for an HTTP status (https://platform.openai.com/docs/guides/error-codes, read 2026-11). */
export function openAiErrorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** A fault in OpenAI's shape. `param` names the request's field at fault, where there is one. */
export function toWireOpenAiError(fault: Fault, status: number, param: string | null = null): OpenAiError {
  const { what, why, mend, retry } = fault;
  return {
    error: {
      message: `${what} ${why} ${mend}`,
      type: fault.code === 'insufficient_quota' ? fault.code : openAiErrorType(status),
      param,
      code: fault.code,
      rerig: { what, why, mend, retry },
    },
  };
}
