import { joiningCardSchema } from '@rerig/api/farm-door';
import { z } from 'zod';

const durationMs = z.number().min(0);
const port = z.int().min(1).max(65_535);
const word = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\s\p{Cc}]+$/u);

const pathsSchema = z
  .object({
    confFolder: word,
    stateFolder: word,
    logFolder: word,
    runFolder: word,
    spoolFolder: word,
    jwtKeyPath: word,
    mungeSocketPath: word.exactOptional(),
  })
  .readonly();

const jobFenceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cgroup'), version: z.enum(['autodetect', 'cgroup/v1', 'cgroup/v2']) }).readonly(),
  z.object({ kind: z.literal('none') }).readonly(),
]);

const settingsSchema = z
  .object({
    clusterName: word,
    head: z.object({ hostName: word, address: word, port }).readonly(),
    rigPort: port,
    paths: pathsSchema,
    slurmUser: word,
    jobFence: jobFenceSchema,
    joiningRigCountMax: z.int().min(0),
    credentialExpiresMs: durationMs,
    messageTimeoutMs: durationMs,
    killWaitMs: durationMs,
    rigTimeoutMs: durationMs,
    rememberJobsMs: durationMs,
    interruptibleNoticeMs: durationMs,
    prolog: word.exactOptional(),
    epilog: word.exactOptional(),
    powerSaving: z
      .object({ suspendProgram: word, resumeProgram: word, suspendAfterMs: durationMs, resumeWithinMs: durationMs })
      .readonly()
      .exactOptional(),
    trustsConfiguredSizes: z.boolean(),
  })
  .readonly();

const placeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('joins') }).readonly(),
  z.object({ kind: z.literal('listed'), address: word, port: port.exactOptional() }).readonly(),
]);

/** A rig as the farm's head keeps it; `joined` once it has made itself known. */
const keptRigSchema = z
  .object({
    rigId: z.string(),
    name: z.string(),
    nodeName: word,
    place: placeSchema,
    coreCount: z.int().min(1),
    ramBytes: z.number().min(0),
    cards: z.array(joiningCardSchema).readonly(),
    joined: z.object({ at: z.string(), secretHash: z.string() }).readonly().nullable(),
  })
  .readonly();
export type KeptRig = z.infer<typeof keptRigSchema>;

/** Everything that a farm's configuration is made from. */
export const farmRecordSchema = z
  .object({
    version: z.literal(1),
    executor: z.literal('slurm'),
    settings: settingsSchema,
    /** Where rigs join, on the head's address. */
    doorPort: port,
    /** As whom jobs run: the same number on every rig. */
    jobUser: z.object({ name: z.string(), uid: z.int() }).readonly(),
    rigs: z.array(keptRigSchema).readonly(),
  })
  .readonly();
export type FarmRecord = z.infer<typeof farmRecordSchema>;
