import { z } from 'zod';
import { metadataSchema } from './metadata.ts';

/** Most requests of one batch, as the vendor's API has it. */
export const BATCH_LINES_MAX = 50_000;
/** Most batches of one page of a list, as the vendor's API has it. */
export const BATCHES_PAGE_MAX = 100;

/** The doors that a batch can ask. */
export const batchEndpointSchema = z.enum(
  ['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/responses'],
  { error: 'is /v1/chat/completions, /v1/completions, /v1/embeddings or /v1/responses' },
);
export type BatchEndpoint = z.infer<typeof batchEndpointSchema>;

/** `POST /v1/batches`. */
export const batchRequestSchema = z.looseObject({
  input_file_id: z.string().min(1).max(256),
  endpoint: batchEndpointSchema,
  completion_window: z.literal('24h', { error: 'is "24h", the one window that there is' }),
  metadata: metadataSchema.nullish(),
});
export type BatchRequest = z.infer<typeof batchRequestSchema>;

/** Where a batch stands. */
export const batchStatusSchema = z.enum([
  'validating',
  'failed',
  'in_progress',
  'finalizing',
  'completed',
  'expired',
  'cancelling',
  'cancelled',
]);
export type BatchStatus = z.infer<typeof batchStatusSchema>;

const moment = z.int().nullable();

/** A batch as the vendor's API shows it. Times are Unix seconds. */
export const batchSchema = z.object({
  id: z.string(),
  object: z.literal('batch'),
  endpoint: z.string(),
  errors: z
    .object({
      object: z.literal('list'),
      data: z.array(
        z.object({ code: z.string(), line: z.int().nullable(), message: z.string(), param: z.string().nullable() }),
      ),
    })
    .nullable(),
  input_file_id: z.string(),
  completion_window: z.literal('24h'),
  status: batchStatusSchema,
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  created_at: z.int(),
  in_progress_at: moment,
  expires_at: moment,
  finalizing_at: moment,
  completed_at: moment,
  failed_at: moment,
  expired_at: moment,
  cancelling_at: moment,
  cancelled_at: moment,
  request_counts: z.object({ total: z.int(), completed: z.int(), failed: z.int() }),
  metadata: metadataSchema.nullable(),
});
export type OpenAiBatch = z.infer<typeof batchSchema>;

/** One line of a batch's input file. Its body is held to the door's own schema apart. */
export const batchLineSchema = z.looseObject({
  custom_id: z.string().min(1).max(512),
  method: z.literal('POST', { error: 'is "POST"' }),
  url: z.string(),
  body: z.record(z.string(), z.unknown()),
});
export type BatchLine = z.infer<typeof batchLineSchema>;

/** One line of a batch's output or error file. `line` is the line of the input file, from 1. */
export const batchResultSchema = z.object({
  id: z.string(),
  custom_id: z.string(),
  line: z.int().min(1),
  response: z.object({ status_code: z.int(), request_id: z.string(), body: z.unknown() }).nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type BatchResult = z.infer<typeof batchResultSchema>;

/** The query of `GET /v1/batches`. */
export const batchListQuerySchema = z.looseObject({
  after: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(BATCHES_PAGE_MAX).optional(),
});
