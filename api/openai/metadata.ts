import { z } from 'zod';

/** Most pairs of a thing's metadata, as the vendor's API has it. */
const METADATA_PAIRS_MAX = 16;

/** What a customer notes of a response or a batch: up to 16 pairs of a key of 64 and a value of 512 characters. */
export const metadataSchema = z
  .record(z.string().max(64), z.string().max(512))
  .refine((metadata) => Object.keys(metadata).length <= METADATA_PAIRS_MAX, {
    error: `at most ${METADATA_PAIRS_MAX} pairs are kept`,
  });
export type Metadata = z.infer<typeof metadataSchema>;
