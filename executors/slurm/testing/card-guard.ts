import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Words of a shell for the beginning of a workload: they take a lock on each of its cards in LOCK_FOLDER for as long as it
 * lives, and say so there where another has it.
 */
export const CARD_GUARD = `
n=7
for card in $(printf '%s' "$CUDA_VISIBLE_DEVICES" | tr ',' ' '); do
  eval "exec $n>\\"$LOCK_FOLDER/$card\\""
  flock -n "$n" || echo "$RERIG_WORKLOAD_ID run $RERIG_RESTART_COUNT: $card has another owner" >>"$LOCK_FOLDER/violations"
  n=$((n + 1))
done
`;

/** Which cards had two owners, in words; empty where none had. */
export function twiceOwned(lockFolder: string): readonly string[] {
  const path = join(lockFolder, 'violations');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}
