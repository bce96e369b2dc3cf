import type { CardModel } from '../cards.ts';
import type { Reading } from '../inventory.ts';
import type { ReadingRule, SeenCard } from './card-finding-rule.ts';
import { countText, type Finding, finding, once, oneOf } from './finding.ts';
import { LOW_HASH_RATE_LHR_PERCENT, LOW_HASH_RATE_PERCENT, MANY_INVALID_SHARES } from './finding-thresholds.ts';
import { isEthash } from './tuning-findings.ts';

/** What a card's miner tells of its health. */
export const miningRules: readonly ReadingRule[] = [invalidShares, hashRateLow, hashRateNone];

function invalidShares({ invalidShareCount: count }: Reading): Finding | undefined {
  return count === undefined || count <= 0 ? undefined : invalid(count);
}

const invalid = once((count: number) =>
  finding('shares-invalid', {
    severity: count >= MANY_INVALID_SHARES ? 'warning' : 'info',
    what: `Its miner counted ${countText(count)} invalid ${count === 1 ? 'share' : 'shares'}.`,
    why: 'The card computed them wrongly, mostly for memory clocked too high; a model would have written nonsense.',
    mend: 'Set the shipped clocks, then test all of its memory, as memtest_vulkan does.',
    unlocks: 'Answers that a customer can rely on.',
  }),
);

function hashRateNone({ hashesPerSecond, algorithm }: Reading): Finding | undefined {
  return hashesPerSecond === 0 && algorithm !== undefined ? notHashing : undefined;
}

const notHashing = finding('hash-rate-none', {
  what: 'Its miner reports no hashes for this card.',
  why: 'The card hangs, or the miner was told to leave it out.',
  mend: 'Start the rig again. If it stays at 0, try another riser and power cable, then test the card.',
});

/** Later cards of these families carry a limiter (LHR) that halves Ethash and nothing else. */
const limitedFamilies: ReadonlySet<string> = new Set([
  'RTX 3060',
  'RTX 3060 Ti',
  'RTX 3070',
  'RTX 3070 Ti',
  'RTX 3080',
  'RTX 3080 Ti',
]);

function hashRateLow({ hashesPerSecond, algorithm }: Reading, { model }: SeenCard): Finding | undefined {
  const tuned = model?.ethash?.hashesPerSecond;
  if (hashesPerSecond === undefined || hashesPerSecond <= 0 || tuned === undefined || model === undefined)
    return undefined;
  const isLimited = limitedFamilies.has(model.family);
  const leastPercent = isLimited ? LOW_HASH_RATE_LHR_PERCENT : LOW_HASH_RATE_PERCENT;
  if (!isEthash(algorithm) || hashesPerSecond >= (tuned * leastPercent) / 100) return undefined;
  return lowHashRate(hashesPerSecond, tuned, model);
}

function lowHashRate(hashesPerSecond: number, tuned: number, model: CardModel): Finding {
  return finding('hash-rate-low', {
    what: `It hashes ${megahashes(hashesPerSecond)} MH/s of Ethash, and ${oneOf(model.name)} ${megahashes(tuned)}.`,
    why: 'Heat, a low power limit, failing memory or a wrong driver slow it down; they would slow AI work down too.',
    mend: 'Look at its temperatures, clocks and power limit, compare it with its twins, then test its memory.',
    unlocks: 'The speed of its model.',
  });
}

function megahashes(hashesPerSecond: number): string {
  return (hashesPerSecond / 1e6).toFixed(1);
}
