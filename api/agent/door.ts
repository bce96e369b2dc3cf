import { workloadKinds } from '@rerig/domain/workloads';
import { z } from 'zod';

/** Who answers at an agent's door, and what its executor can do. */
export const doorSchema = z
  .object({
    program: z.literal('rerig-agent'),
    version: z.string().max(100),
    processId: z.int().min(1),
    executor: z.enum(['local', 'slurm', 'fake']),
    /** Whether it ends itself when idle, and gives its executor up to another program of this data folder that asks. */
    isTransient: z.boolean(),
    capabilities: z
      .object({
        tiers: z.array(z.enum(['process', 'container'])).readonly(),
        kinds: z.array(z.enum(workloadKinds)).readonly(),
        canPinCards: z.boolean(),
        canPreempt: z.boolean(),
        canQueue: z.boolean(),
        rankCountMax: z.int().min(1),
        canDrainCards: z.boolean(),
      })
      .readonly(),
  })
  .readonly();
export type DoorView = z.infer<typeof doorSchema>;
