import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unreachable } from '@rerig/domain/fault';
import { type FarmFault, farmFault } from './faults.ts';
import { type FileOwner, writeWholeFile } from './whole-file.ts';

/** A file as it is to be. `secret`: made once and never shown; one that is there is kept. `key`: never shown either. */
export interface PlannedFile {
  readonly path: string;
  readonly content:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'secret'; readonly make: () => Uint8Array }
    | { readonly kind: 'key'; readonly bytes: Uint8Array };
  readonly mode: number;
  readonly owner: FileOwner;
}

/** A file that is not as it is to be. `before`: its text now, empty where there is none, and for secrets. */
export interface FileChange {
  readonly file: PlannedFile;
  readonly kind: 'new' | 'changed' | 'rights';
  readonly before: string;
}

/** What there is to do: nothing for files that are as planned. It reads only. */
export async function fileChanges(files: readonly PlannedFile[]): Promise<readonly FileChange[]> {
  const changes = await Promise.all(files.map(changeOf));
  return changes.filter((change) => change !== null);
}

async function changeOf(file: PlannedFile): Promise<FileChange | null> {
  try {
    const [{ mode, uid, gid }, before] = await Promise.all([stat(file.path), readFile(file.path)]);
    const { content } = file;
    if (content.kind === 'text' && before.toString() !== content.text)
      return { file, kind: 'changed', before: before.toString() };
    if (content.kind === 'key' && !before.equals(content.bytes)) return { file, kind: 'changed', before: '' };
    const isSame = (mode & 0o7777) === file.mode && uid === file.owner.uid && gid === file.owner.gid;
    return isSame ? null : { file, kind: 'rights', before: '' };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { file, kind: 'new', before: '' };
    throw error;
  }
}

/** Makes the changes; what was there is kept beside it, under the time. Gives the backups. */
export async function applyFileChanges(
  changes: readonly FileChange[],
  stamp: string,
): Promise<readonly string[] | FarmFault> {
  const backups: string[] = [];
  for (const change of changes) {
    try {
      const backup = await applyChange(change, stamp);
      if (backup !== null) backups.push(backup);
    } catch (error) {
      return farmFault('farm-file-unwritable', {
        what: `${change.file.path} can’t be written.`,
        why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
        mend: 'Run it as root, with space on the disk. What was written before is kept.',
      });
    }
  }
  return backups;
}

async function applyChange({ file, kind }: FileChange, stamp: string): Promise<string | null> {
  const { path, content, mode, owner } = file;
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const backup = kind === 'changed' ? `${path}.before-rerig-${stamp}` : null;
  if (backup !== null) await copyFile(path, backup);
  await writeWholeFile(path, kind === 'rights' ? await readFile(path) : bytesOf(content), mode, owner);
  return backup;
}

function bytesOf(content: PlannedFile['content']): string | Uint8Array {
  switch (content.kind) {
    case 'text':
      return content.text;
    case 'secret':
      return content.make();
    case 'key':
      return content.bytes;
    default:
      return unreachable(content);
  }
}
