import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import type { PriceBook } from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';
import { priceFileFault } from './price-faults.ts';
import { isFaults, readPriceFile } from './price-file.ts';
import { writeWhole } from './price-folder.ts';
import { PRICE_FILE_TEMPLATE } from './price-template.ts';

/** What came of an edit. */
export type EditOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'saved' }
  /** What was written stays in `draftPath`; the price file is as it was. */
  | { readonly kind: 'wrong'; readonly draftPath: string; readonly faults: readonly Fault[] }
  | { readonly kind: 'failed'; readonly fault: Fault };

/**
 * Opens the price file in an editor, on a draft beside it, and takes the draft only if all of it is understood. A draft
 * that is wrong is kept, and the next edit goes on from it: nothing that was typed is lost, and nothing wrong is used.
 */
export async function editPrices(
  path: string,
  book: PriceBook,
  { editor, today }: { readonly editor: string; readonly today: string },
): Promise<EditOutcome> {
  const draftPath = `${path}.draft`;
  const before = existsSync(path) ? readFileSync(path, 'utf8') : PRICE_FILE_TEMPLATE;
  if (!existsSync(draftPath)) {
    const fault = writeWhole(draftPath, before);
    if (fault !== undefined) return { kind: 'failed', fault };
  }
  const fault = await runEditor(editor, draftPath);
  if (fault !== undefined) return { kind: 'failed', fault };
  return takeDraft({ path, draftPath, before, book, today });
}

interface Draft {
  readonly path: string;
  readonly draftPath: string;
  readonly before: string;
  readonly book: PriceBook;
  readonly today: string;
}

function takeDraft({ path, draftPath, before, book, today }: Draft): EditOutcome {
  const after = readFileSync(draftPath, 'utf8');
  const read = readPriceFile(after, book, today);
  if (isFaults(read)) return { kind: 'wrong', draftPath, faults: read };
  if (after === before) {
    rmSync(draftPath);
    return { kind: 'unchanged' };
  }
  renameSync(draftPath, path);
  return { kind: 'saved' };
}

/** As Git does: the editor's command may carry options, so a shell reads it; the path is its argument, never its text. */
async function runEditor(editor: string, path: string): Promise<Fault | undefined> {
  const status = await new Promise<number | string>((resolve) => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'it ended'));
  });
  if (status === 0) return undefined;
  return priceFileFault('editor-failed', {
    what: `The editor "${editor}" did not end well.`,
    why: typeof status === 'number' ? `Its status is ${status}.` : `The system says: ${status}.`,
    mend: `Set EDITOR to an editor that is there. What was typed is in ${path}.`,
  });
}
