import { readFile, stat } from 'node:fs/promises';
import type { Fault } from '@rerig/domain/fault';
import { type Farm, type InventoryFile, LARGEST_FILE_CHARACTERS, readInventory } from '@rerig/domain/inventory';
import { cliFault } from './faults.ts';

/** What files of rigs' messages gave: what could be read, and a Fault for all that could not. */
export interface RigFilesRead {
  readonly farm: Farm;
  readonly faults: readonly Fault[];
}

/** Reads files of rigs' messages, told by their content. One bad file never hides the others. */
export async function readRigFiles(paths: readonly string[]): Promise<RigFilesRead> {
  const reads = await Promise.all(paths.map(readRigFile));
  const { farm, faults } = readInventory(reads.flatMap((read) => (read.kind === 'read' ? [read.file] : [])));
  return { farm, faults: [...reads.flatMap((read) => (read.kind === 'refused' ? [read.fault] : [])), ...faults] };
}

type RigFileRead =
  | { readonly kind: 'read'; readonly file: InventoryFile }
  | { readonly kind: 'refused'; readonly fault: Fault };

async function readRigFile(path: string): Promise<RigFileRead> {
  try {
    const { size: sizeBytes } = await stat(path);
    if (sizeBytes > LARGEST_FILE_CHARACTERS) return { kind: 'refused', fault: tooLarge(path, sizeBytes) };
    return { kind: 'read', file: { name: path, text: await readFile(path, 'utf8') } };
  } catch (error) {
    return { kind: 'refused', fault: unreadable(path, error instanceof Error ? error.message : String(error)) };
  }
}

function unreadable(path: string, reason: string): Fault {
  return cliFault('inventory-unreadable', {
    what: `${path} cannot be read.`,
    why: `The system says: ${reason}.`,
    mend: 'Check the path, and that you may read the file.',
  });
}

function tooLarge(path: string, sizeBytes: number): Fault {
  return cliFault('inventory-unreadable', {
    what: `${path} is too large to be a rig’s message.`,
    why: `It has ${sizeBytes} bytes, and at most ${LARGEST_FILE_CHARACTERS} are read.`,
    mend: 'Give the newest "hello" and "stats" of each rig only.',
  });
}
