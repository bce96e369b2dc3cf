import { workloadStates } from '@rerig/domain/workloads';
import { z } from 'zod';
import { faultSchema } from './fault.ts';
import { rigSchema } from './rig.ts';

/** What a replica's server can answer, as `/v1/…` has it. */
export const replicaDoors = ['chat', 'completions', 'embeddings'] as const;
/** `ours`: Rerig's model server; `other`: any OpenAI-compatible server. */
export const serverKinds = ['ours', 'other'] as const;

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
    /** The card it holds; where it holds none of ours, the address of its server after `server/`. */
    cardId: idSchema,
    /** Further cards over which it is split. */
    moreCardIds: z.array(idSchema).max(64).readonly().exactOptional(),
    /** `queued`: it waits, for the reason in `fault` where it has failed before; `ready`: it answers on `listen`. */
    state: z.enum(workloadStates),
    /** Where its server listens, while it is ready: `unix:/path.sock`, `127.0.0.1:8080` or an origin, `http://host:80`. */
    listen: z.string().max(300).exactOptional(),
    /** The model's name: of what it was ordered to serve, or, while it is ready, as it says itself. */
    model: z.string().max(300).exactOptional(),
    /** Of one request, prompt and answer, while it is ready. */
    contextTokens: z.int().min(1).exactOptional(),
    /** Requests that it answers at once, while it is ready. */
    parallelCount: z.int().min(1).exactOptional(),
    /** What it answers, while it is ready; absent: chat alone. */
    doors: z.array(z.enum(replicaDoors)).readonly().exactOptional(),
    /** Of one request alone, as measured while it became ready. */
    tokensPerSecond: z.number().min(0).exactOptional(),
    /** From the start of its process until it was ready. */
    loadMs: z.number().min(0).exactOptional(),
    /** Absent: `ours`. */
    serverKind: z.enum(serverKinds).exactOptional(),
    /** The model's name in requests to it; absent: any, or the same. */
    upstreamModel: z.string().max(300).exactOptional(),
    /** What stands before `/v1/…` in its paths; absent: nothing. */
    pathPrefix: z.string().max(300).exactOptional(),
    fault: faultSchema.exactOptional(),
  })
  .readonly();
export type ReplicaStateEvent = z.infer<typeof replicaStateEventSchema>;

/** Any event of an agent. Applying one twice changes nothing. */
export const agentEventSchema = z.discriminatedUnion('kind', [rigProbedEventSchema, replicaStateEventSchema]);
export type AgentEvent = z.infer<typeof agentEventSchema>;
