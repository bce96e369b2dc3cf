import { workloadStates } from '@rerig/domain/workloads';
import { z } from 'zod';
import { faultSchema } from './fault.ts';
import { rigSchema } from './rig.ts';

const idSchema = z.string().min(1).max(200);

/** What every event carries. */
const envelope = {
  /** `<agentBootId>-<sequence>`: unique for ever; an event that was applied is known by it. */
  eventId: idSchema,
  /** New for each start of the agent. */
  agentBootId: idSchema,
  /** From 1, one more for each event of this start. Gaps are of events that a later one has made void. */
  sequence: z.int().min(1),
  occurredAt: z.iso.datetime(),
};

/** A rig as its agent sees it; it replaces what was known of that rig. */
export const rigProbedEventSchema = z.object({ ...envelope, kind: z.literal('rig-probed'), rig: rigSchema }).readonly();
export type RigProbedEvent = z.infer<typeof rigProbedEventSchema>;

/** A replica as it stands; it replaces what was known of that replica. */
export const replicaStateEventSchema = z
  .object({
    ...envelope,
    kind: z.literal('replica-state'),
    replicaId: idSchema,
    cardId: idSchema,
    /** `queued`: it waits, for the reason in `fault` where it has failed before; `ready`: it answers on `listen`. */
    state: z.enum(workloadStates),
    /** Where its model server listens, while it is ready: `unix:/path.sock` or `127.0.0.1:8080`. */
    listen: z.string().max(300).exactOptional(),
    /** The model's name, while it is ready. */
    model: z.string().max(300).exactOptional(),
    /** Of one request, prompt and answer, while it is ready. */
    contextTokens: z.int().min(1).exactOptional(),
    /** Requests that it answers at once, while it is ready. */
    parallelCount: z.int().min(1).exactOptional(),
    fault: faultSchema.exactOptional(),
  })
  .readonly();
export type ReplicaStateEvent = z.infer<typeof replicaStateEventSchema>;

/** Any event of an agent. Applying one twice changes nothing. */
export const agentEventSchema = z.discriminatedUnion('kind', [rigProbedEventSchema, replicaStateEventSchema]);
export type AgentEvent = z.infer<typeof agentEventSchema>;
