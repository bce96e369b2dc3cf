import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { syncFolderOf } from './folders.ts';

/** Writes a small file whole or not at all, also through a power cut. Throws what the system says. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.new`;
  try {
    const file = await open(draft, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await syncFolderOf(path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
