import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type FarmFault, farmFault } from './faults.ts';
import { makeOwnFolder, writeWholeFile } from './whole-file.ts';

/** What a rig keeps of the farm that it joined, so that it can leave it, and what it has to undo. */
export const joinedRigSchema = z
  .object({
    version: z.literal(1),
    head: z
      .object({ address: z.string(), port: z.int(), fingerprintHex: z.string().regex(/^[\da-f]{64}$/) })
      .readonly(),
    clusterName: z.string(),
    slurmName: z.string(),
    secret: z.string(),
    /** Written by the join; `backup`: what was there before. */
    files: z.array(z.object({ path: z.string(), backup: z.string().nullable() }).readonly()).readonly(),
    /** Whether the join made the account of jobs. */
    madeJobUser: z.string().nullable(),
    /** Of slurmd and munged, those that the join started. */
    startedParts: z.array(z.enum(['munge', 'slurmd'])).readonly(),
  })
  .readonly();
export type JoinedRig = z.infer<typeof joinedRigSchema>;

/** Where job scripts find which card Slurm means by which index; there while this machine is a rig, for everybody to read. */
export const CARD_MAP_PATH = '/etc/rerig/cards.tsv';

/** Whether this machine is a rig of a farm, whatever data folder it has joined with. */
export function isFarmRig(): boolean {
  return existsSync(CARD_MAP_PATH);
}

/** Where a rig keeps it, and what its parts say. */
export function rigFolderOf(dataFolder: string): string {
  return join(dataFolder, 'rig');
}

function pathOf(dataFolder: string): string {
  return join(rigFolderOf(dataFolder), 'joined.json');
}

/** The farm that this rig has joined; null where it has joined none. */
export async function loadJoinedRig(dataFolder: string): Promise<JoinedRig | null | FarmFault> {
  const path = pathOf(dataFolder);
  if (!existsSync(path)) return null;
  try {
    return joinedRigSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    return farmFault('farm-record-unreadable', {
      what: 'What is known of this rig’s farm can’t be read.',
      why: `${path} is damaged or of another version: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}.`,
      mend: 'Stop slurmd and move the file away; remove the rig on the head with "rerig farm remove NAME".',
    });
  }
}

export async function saveJoinedRig(dataFolder: string, joined: JoinedRig): Promise<void> {
  const path = pathOf(dataFolder);
  await makeOwnFolder(dirname(path));
  await writeWholeFile(path, `${JSON.stringify(joined, null, 2)}\n`, 0o600);
}

export async function forgetJoinedRig(dataFolder: string): Promise<void> {
  await rm(pathOf(dataFolder), { force: true });
}
