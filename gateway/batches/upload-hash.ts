import { createHash } from 'node:crypto';
import type { Multipart } from '@fastify/multipart';
import type { StoredFile } from './file-store.ts';

const FILENAME_LENGTH_MAX = 256;

/** SHA-256 in hexadecimal of what a form of an upload says, whatever stands between its parts: fields, name and bytes. */
export function uploadHash(
  fields: ReadonlyMap<string, unknown>,
  file: Pick<StoredFile, 'filename' | 'sha256'> | null,
): string {
  const said = [...fields].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash('sha256').update('/v1/files\n');
  return hash.update(JSON.stringify([said, file?.filename, file?.sha256])).digest('hex');
}

/** Reads a form to its end for its hash alone; it is stored nowhere. */
export async function readUploadHash(parts: AsyncIterable<Multipart>): Promise<string> {
  const fields = new Map<string, unknown>();
  let file: Pick<StoredFile, 'filename' | 'sha256'> | null = null;
  for await (const part of parts) {
    if (part.type === 'field') {
      fields.set(part.fieldname, part.value);
    } else if (part.fieldname !== 'file' || file !== null) {
      part.file.resume();
    } else {
      const hash = createHash('sha256');
      for await (const piece of part.file) hash.update(piece);
      file = { filename: uploadName(part.filename), sha256: hash.digest('hex') };
    }
  }
  return uploadHash(fields, file);
}

/** The name under which an upload is kept. */
export function uploadName(filename: string | undefined): string {
  const name = (filename ?? '')
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '')
    .slice(0, FILENAME_LENGTH_MAX)
    .toWellFormed();
  return name === '' ? 'file.jsonl' : name;
}
