import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the functions of sh are that a job script may source: `rerig_output_folders`, `rerig_master_port`, … */
export const rankFunctionsPath = fileURLToPath(new URL('rank-functions.sh', import.meta.url));

/** The same as text, for a script that is whole in itself; it begins and ends with a line's end. */
export function rankFunctions(): string {
  return `\n${readFileSync(rankFunctionsPath, 'utf8')}`;
}
