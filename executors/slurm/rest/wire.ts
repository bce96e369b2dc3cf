import { z } from 'zod';

const errors = z.array(
  z.object({
    error: z.string().optional(),
    error_code: z.number().optional(),
    error_number: z.number().optional(),
    description: z.string().optional(),
  }),
);

/** Slurm's answers that tell of errors alone. */
export const errorsWire = z.object({ errors: errors.default([]) });

/** The answer to a submission. */
export const submittedWire = z.object({ errors: errors.default([]), job_id: z.int().optional() });

/** What is read of a job. Slurm leaves out, or sets to null, what does not apply. */
export const jobWire = z.object({
  job_id: z.int(),
  name: z.string().nullish(),
  comment: z.string().nullish(),
  job_state: z.string(),
  state_reason: z.string().nullish(),
  nodes: z.string().nullish(),
  gres_detail: z.array(z.string()).nullish(),
  restart_cnt: z.int().nullish(),
  exit_code: z.int().nullish(),
});

/** The answer to a question for a job. */
export const jobsWire = z.object({ errors: errors.default([]), jobs: z.array(jobWire).default([]) });

/** The answer to a ping: each controller, and whether it answers. */
export const pingWire = z.object({
  errors: errors.default([]),
  pings: z.array(z.object({ hostname: z.string().nullish(), ping: z.string().nullish() })).default([]),
});

export type WireErrors = z.infer<typeof errors>;
export type WireJob = z.infer<typeof jobWire>;
