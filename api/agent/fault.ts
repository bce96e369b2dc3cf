import type { Fault } from '@rerig/domain/fault';
import { z } from 'zod';

/** Longest text of a fault: words for a person, not a log. */
const WORDS_CHARACTERS_MAX = 4000;

/** A refusal as it travels. Codes of every room pass: the table of codes is the room's that made it. */
export const faultSchema: z.ZodType<Fault> = z
  .object({
    kind: z.literal('fault'),
    code: z.string().min(1).max(100),
    what: z.string().max(WORDS_CHARACTERS_MAX),
    why: z.string().max(WORDS_CHARACTERS_MAX),
    mend: z.string().max(WORDS_CHARACTERS_MAX),
    retry: z.enum(['never', 'after-mend', 'later']),
  })
  .readonly();
