import { type ModelFault, modelFault } from '../faults.ts';
import type { AddWish } from './progress.ts';

/** A file that is not the one that was asked for. */
export function hashWrong(label: string, expected: string, found: string): ModelFault {
  return modelFault('hash_wrong', {
    what: `${label} is not the file that was asked for.`,
    why: `Its SHA-256 is ${found}, and ${expected} was expected.`,
    mend: 'Compare the hash with its publisher’s. What came was not kept; the same command fetches it anew.',
  });
}

/** One hash can't be that of several files. */
export function refuseHashOfMany({ sha256 }: AddWish, fileCount: number): ModelFault | undefined {
  if (sha256 === undefined || (fileCount === 1 && /^[0-9a-f]{64}$/.test(sha256))) return undefined;
  return modelFault('source_unreadable', {
    what: 'The hash can’t be compared.',
    why:
      fileCount > 1
        ? `The model is ${fileCount} files, and one hash was given.`
        : 'A SHA-256 is 64 hexadecimal digits, in lower case.',
    mend: 'Leave --sha256 out, or give that of the one file.',
  });
}
