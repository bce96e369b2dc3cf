import type { Limit } from './limits.ts';
import type { Pricing } from './pricing.ts';
import type { OptionKind, RefusedOption } from './valued.ts';

/** An option that a card has not, for a limit. */
export function refusal(kind: OptionKind, { why, mend, findingCode }: Limit): RefusedOption {
  return {
    kind,
    why,
    ...(mend === undefined ? {} : { mend }),
    ...(findingCode === undefined ? {} : { findingCode }),
  };
}

/** Whether the operator will not have it. */
export function isExcluded(
  { settings }: Pricing,
  kind: 'serve' | 'rent' | 'batch' | 'mine' | 'sell' | 'recycle',
): boolean {
  return settings.excludedOptions.includes(kind);
}

/** What an option that the operator will not have is refused with. */
export const EXCLUDED: Limit = {
  why: 'You have ruled it out.',
  mend: 'Take it off the excluded options: rerig prices edit.',
};
