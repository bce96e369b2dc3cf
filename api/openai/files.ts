import { z } from 'zod';

/** Most rows of one page of a list, as the vendor's API of files has it. */
export const FILES_PAGE_MAX = 10_000;
/** The largest file, in bytes, as the vendor's API has it. */
export const FILE_BYTES_MAX = 512 * 1024 * 1024;

/** A file's facts. `bytes` is its length; its content is another request. */
export const fileSchema = z.object({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.int().min(0),
  created_at: z.int(),
  expires_at: z.int().optional(),
  filename: z.string(),
  purpose: z.enum(['batch', 'batch_output']),
  status: z.literal('processed'),
});
export type OpenAiFile = z.infer<typeof fileSchema>;

/** The query of `GET /v1/files`. */
export const fileListQuerySchema = z.looseObject({
  after: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(FILES_PAGE_MAX).optional(),
  order: z.enum(['asc', 'desc']).optional(),
  purpose: z.string().max(64).optional(),
});
export type FileListQuery = z.infer<typeof fileListQuerySchema>;
