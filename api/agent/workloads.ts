import type { CardDemand } from '@rerig/domain/workloads';
import { workloadKinds, workloadPriorities, workloadStates } from '@rerig/domain/workloads';
import { z } from 'zod';
import { faultSchema } from './fault.ts';

/** Routes that drive cards, and grades, as `domain` has them. */
const routeNames = ['cuda-13', 'cuda-12', 'rocm', 'vulkan', 'cpu'] as const;
const grades = ['A', 'B', 'C', 'D', 'E'] as const;

/** What is taken of one request at most: a command of so many words, an environment of so many variables. */
const WORDS_MAX = 10_000;
const WORD_CHARACTERS_MAX = 128 * 1024;
const VARIABLES_MAX = 2000;
const CARDS_MAX = 64;
const RANKS_MAX = 1024;
const MOUNTS_MAX = 100;
const RIGS_MAX = 10_000;
const YEAR_MS = 366 * 24 * 3_600_000;
const TEN_MINUTES_MS = 600_000;

const idSchema = z.string().min(1).max(200);
const pathSchema = z.string().min(1).max(4096);
const bytesSchema = z.number().min(0);

const needsSchema = z
  .strictObject({
    vramBytesMin: bytesSchema.exactOptional(),
    routes: z.array(z.enum(routeNames)).min(1).readonly().exactOptional(),
    cardModelIds: z.array(idSchema).min(1).readonly().exactOptional(),
    gradeMin: z.enum(grades).exactOptional(),
    linkBytesPerSecondMin: z.number().min(0).exactOptional(),
  })
  .readonly();

/** Which cards each rank gets: exactly these, or so many that each can do what is needed. */
export const cardDemandSchema: z.ZodType<CardDemand> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('these'), cardIds: z.array(idSchema).max(CARDS_MAX).readonly() }).readonly(),
  z
    .strictObject({
      kind: z.literal('any'),
      count: z.int().min(0).max(CARDS_MAX),
      needs: needsSchema,
      rigIds: z.array(idSchema).max(RIGS_MAX).readonly().exactOptional(),
    })
    .readonly(),
]);

const confinementSchema = z.discriminatedUnion('tier', [
  z.strictObject({ tier: z.literal('process') }).readonly(),
  z
    .strictObject({
      tier: z.literal('container'),
      image: z.string().min(1).max(500),
      network: z.enum(['none', 'internet']),
      mounts: z
        .array(z.strictObject({ hostPath: pathSchema, containerPath: pathSchema, isReadOnly: z.boolean() }).readonly())
        .max(MOUNTS_MAX)
        .readonly(),
    })
    .readonly(),
]);

/** A job that somebody asks an agent to run. Its id is made by who asks, so that asking twice starts it once. */
export const workloadRequestSchema = z
  .strictObject({
    /** 1 to 100 letters, digits, `.`, `_` and `-`. */
    workloadId: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'It is 1 to 100 letters, digits, ".", "_" and "-".'),
    /** The program and its arguments; no shell reads them. */
    command: z.array(z.string().max(WORD_CHARACTERS_MAX)).min(1).max(WORDS_MAX).readonly(),
    environment: z
      .record(z.string().min(1).max(1000), z.string().max(WORD_CHARACTERS_MAX))
      .refine((variables) => Object.keys(variables).length <= VARIABLES_MAX, `At most ${VARIABLES_MAX} variables.`)
      .readonly(),
    cards: cardDemandSchema,
    rankCount: z.int().min(1).max(RANKS_MAX).exactOptional(),
    priority: z.enum(workloadPriorities).exactOptional(),
    whenBusy: z.enum(['refuse', 'queue']).exactOptional(),
    confinement: confinementSchema.exactOptional(),
    limits: z
      .strictObject({
        memoryBytes: bytesSchema.exactOptional(),
        coreCount: z.number().min(0).exactOptional(),
        processCountMax: z.int().min(1).exactOptional(),
        diskBytes: bytesSchema.exactOptional(),
      })
      .readonly()
      .exactOptional(),
    timeLimitMs: z.number().min(1000).max(YEAR_MS).exactOptional(),
    noticeMs: z.number().min(0).max(TEN_MINUTES_MS).exactOptional(),
    restartCountMax: z.int().min(0).max(100).exactOptional(),
    outputFolder: pathSchema.exactOptional(),
    workingFolder: pathSchema,
    stopWithinMs: z.number().min(0).max(TEN_MINUTES_MS),
  })
  .readonly();
export type WorkloadRequest = z.infer<typeof workloadRequestSchema>;

/** A workload as an agent shows it. */
export const workloadViewSchema = z
  .object({
    workloadId: idSchema,
    kind: z.enum(workloadKinds),
    priority: z.enum(workloadPriorities),
    state: z.enum(workloadStates),
    /** When that state began, as far as this agent saw it. */
    stateSince: z.iso.datetime(),
    /** When it was asked for; absent for what was not asked for at this agent's door, as the replicas of an exchange. */
    submittedAt: z.iso.datetime().exactOptional(),
    /** Absent as above. */
    command: z.array(z.string()).readonly().exactOptional(),
    /** The model that a replica says it serves. */
    model: z.string().max(300).exactOptional(),
    cardIds: z.array(idSchema).readonly(),
    places: z
      .array(z.object({ rank: z.int().min(0), rigId: idSchema, cardIds: z.array(idSchema).readonly() }).readonly())
      .readonly(),
    restartCount: z.int().min(0),
    exitCode: z.int().exactOptional(),
    fault: faultSchema.exactOptional(),
  })
  .readonly();
export type WorkloadView = z.infer<typeof workloadViewSchema>;

/** Every workload that an agent knows: those that hold cards or wait, and the last that have ended. */
export const workloadListSchema = z.object({ workloads: z.array(workloadViewSchema).readonly() }).readonly();

/** A line of the stream of a log, as NDJSON: a part of the log, word of a change, or why the stream breaks off. */
export const logRecordSchema = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('log'),
      lines: z.array(z.string()).readonly(),
      /** Ask from here to go on. */
      nextLine: z.int().min(0),
      /** Lines asked for that are no longer kept. */
      missedCount: z.int().min(0),
    })
    .readonly(),
  z.object({ kind: z.literal('workload'), workload: workloadViewSchema }).readonly(),
  z.object({ kind: z.literal('broken'), fault: faultSchema }).readonly(),
]);
export type LogRecord = z.infer<typeof logRecordSchema>;

/** How a workload is stopped. `withinMs`: how long it gets to end by itself; absent: what it was started with. */
export const stopRequestSchema = z
  .strictObject({ withinMs: z.number().min(0).max(TEN_MINUTES_MS).exactOptional() })
  .readonly();
