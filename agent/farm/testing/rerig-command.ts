import { join } from 'node:path';

/** The words that run a command of `rerig` as an operator types it. */
export function rerigCommand(...words: readonly string[]): readonly string[] {
  return ['node', join(import.meta.dirname, '../../../cli/rerig.ts'), ...words];
}
