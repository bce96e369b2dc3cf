import { z } from 'zod';

/** What a rig tells of itself goes into files of the farm: no character that could end a line or a word. */
const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'It has a control character.');
const path = z
  .string()
  .max(200)
  .regex(/^\/[\w./-]+$/, 'It is no plain absolute path.');
const bytes = z
  .number()
  .min(0)
  .max(2 ** 50);

/** Boards for mining have up to 20 slots. */
const CARDS_MAX = 64;

const featuresSchema = z
  .object({
    cardModelId: z
      .string()
      .max(100)
      .regex(/^[a-z0-9-]+$/)
      .exactOptional(),
    cardModelName: name,
    vramBytes: bytes,
    routes: z
      .array(z.enum(['cuda-13', 'cuda-12', 'rocm', 'vulkan', 'cpu']))
      .max(5)
      .readonly(),
    grade: z.enum(['A', 'B', 'C', 'D', 'E']).exactOptional(),
    linkBytesPerSecond: z.number().min(0).exactOptional(),
    tokensPerSecond: z.number().min(0).exactOptional(),
  })
  .readonly();

/** A card of a rig that joins a farm, with the file by which the kernel gives it to a process. */
export const joiningCardSchema = z
  .object({
    cardId: name,
    gresType: z
      .string()
      .max(64)
      .regex(/^[a-z0-9_]+$/),
    file: path,
    vendor: z.enum(['nvidia', 'amd', 'intel']).exactOptional(),
    uuid: z
      .string()
      .max(100)
      .regex(/^[\w-]+$/)
      .exactOptional(),
    busId: z
      .string()
      .max(20)
      .regex(/^[\da-f:.]+$/)
      .exactOptional(),
    features: featuresSchema,
  })
  .readonly();

/** A rig that joins a farm, as it was probed and graded by itself. */
export const joiningRigSchema = z
  .object({
    rigId: name,
    name,
    coreCount: z.int().min(1).max(4096),
    ramBytes: bytes,
    cards: z.array(joiningCardSchema).max(CARDS_MAX).readonly(),
  })
  .readonly();
export type JoiningRig = z.infer<typeof joiningRigSchema>;

/** The one-time token of the farm, and the rig. */
export const joinRequestSchema = z.object({ token: z.string().max(200), rig: joiningRigSchema }).readonly();
export type JoinRequest = z.infer<typeof joinRequestSchema>;

/** All that a rig needs to take part. It holds the farm's munge key, so that it goes over TLS alone and is never logged. */
export const joinAnswerSchema = z
  .object({
    clusterName: name,
    slurmName: z
      .string()
      .max(63)
      .regex(/^[a-z0-9-]+$/),
    /** Of slurmctld, for rigs. */
    head: z.object({ address: name, port: z.int().min(1).max(65_535) }).readonly(),
    /** slurmd's words after `--conf`. */
    joiningConf: name.max(4000),
    mungeKeyBase64: z.base64().max(4000),
    folders: z.object({ log: path, run: path, spool: path }).readonly(),
    /** Which card Slurm means by which index, for the scripts of jobs. */
    cardMap: z.string().max(50_000),
    /** A script that runs after each job. */
    epilog: z.object({ path, text: z.string().max(20_000) }).readonly(),
    /** As whom jobs run: the same number on every rig. */
    jobUser: z
      .object({ name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/), uid: z.int().min(100).max(65_533) })
      .readonly(),
    /** By which the rig is known when it leaves. */
    secret: z.string().min(20).max(100),
  })
  .readonly();
export type JoinAnswer = z.infer<typeof joinAnswerSchema>;

/** A rig that wants to go: `drain` waits for its work, `now` has it start again elsewhere, `left` says that its slurmd has ended. */
export const leaveRequestSchema = z
  .object({ slurmName: z.string().max(63), secret: z.string().max(100), step: z.enum(['drain', 'now', 'left']) })
  .readonly();
export type LeaveRequest = z.infer<typeof leaveRequestSchema>;

/** How far it is: `draining` while work runs there. */
export const leaveAnswerSchema = z
  .object({ standing: z.enum(['draining', 'drained', 'left']), workloadCount: z.int().min(0) })
  .readonly();
export type LeaveAnswer = z.infer<typeof leaveAnswerSchema>;

/** How the head sees a rig, in Slurm's words: `idle`, `mixed`, `down*`; null where Slurm has not heard of it. */
export const standingRequestSchema = leaveRequestSchema.unwrap().omit({ step: true }).readonly();
export type StandingRequest = z.infer<typeof standingRequestSchema>;
export const standingAnswerSchema = z.object({ slurmState: z.string().max(100).nullable() }).readonly();
export type StandingAnswer = z.infer<typeof standingAnswerSchema>;
