import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RigSource, SourceProgress } from '@rerig/agent/sources';
import { type InventoryFile, readInventory } from '@rerig/domain/inventory';
import type { RigFilesRead } from '../rig-files.ts';
import { listenForStop } from '../stop-request.ts';
import { columnCount, hasColor, printFault } from '../terminal.ts';
import { toIntakeDocument } from './intake-document.ts';
import { renderIntake } from './render-intake.ts';

/** What becomes of what live rigs say. */
export interface LiveWish {
  readonly json: boolean;
  /** A folder that the answers are kept in as they came, one folder a rig, which `rerig assess` reads. */
  readonly savePath?: string;
}

/** The status of a command that was stopped by Ctrl-C. */
const EXIT_STOPPED = 130;

/**
 * Asks a source, with progress on stderr, and shows what its rigs have as `rerig intake` does. The first Ctrl-C ends
 * all that was begun and shows what is known by then.
 */
export async function showLiveRigs(source: RigSource, wish: LiveWish): Promise<void> {
  const stop = listenForStop(() => process.stderr.write('\nStopping; what is known so far follows.\n'));
  const { files, faults: sourceFaults } = await source.read(stop.signal);
  clearLine();
  stop.forget();
  if (wish.savePath !== undefined) await saveAnswers(wish.savePath, files);
  const read = readInventory(files);
  showRigs({ ...read, faults: [...sourceFaults, ...read.faults] }, wish.json);
  if (stop.signal.aborted) process.exitCode = EXIT_STOPPED;
}

function showRigs(read: RigFilesRead, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify(toIntakeDocument(read), null, 2)}\n`);
  else {
    // Each rig is shown in full below: a line for each tool of it would only repeat that.
    const shown = { ...read, files: [] };
    process.stdout.write(renderIntake(shown, { columnCount: columnCount(), color: hasColor() }));
    for (const fault of read.faults) printFault(fault);
  }
  if (read.faults.length > 0) process.exitCode = 1;
}

/** Writes progress to stderr: one line that is written over in a terminal, a line for each rig elsewhere. */
export function tellProgress({ doneCount, totalCount, what, isFault }: SourceProgress): void {
  const count = totalCount === undefined ? String(doneCount) : `${doneCount} of ${totalCount}`;
  // Names come from a list or from a server: what is no letter must not reach the terminal.
  const name = what.replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, 60);
  const line = `${count}: ${name} ${isFault ? 'failed' : 'answered'}`;
  if (process.stderr.isTTY === true) process.stderr.write(`\r\u001b[K${line}`);
  else process.stderr.write(`${line}\n`);
}

function clearLine(): void {
  if (process.stderr.isTTY === true) process.stderr.write('\r\u001b[K');
}

/** `rig 07: lspci -vmm` → `rig-07/lspci-vmm.txt`. */
async function saveAnswers(folder: string, files: readonly InventoryFile[]): Promise<void> {
  for (const { name, text, rigName = 'rig' } of files) {
    const rigFolder = join(folder, slugOf(rigName));
    await mkdir(rigFolder, { recursive: true });
    await writeFile(join(rigFolder, `${slugOf(name.slice(rigName.length))}.txt`), text);
  }
}

function slugOf(name: string): string {
  const slug = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '');
  return slug === '' ? 'rig' : slug;
}
