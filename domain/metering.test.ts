import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenTerms } from './market.ts';
import { freezeTerms } from './market.ts';
import { chargeFor, chargeWithin, mostCostMicroUsd, planBlock, promptTokensMax } from './metering.ts';

const terms: fc.Arbitrary<TokenTerms> = fc.record({
  priceMicroUsdPerMillionPromptTokens: fc.bigInt({ min: 0n, max: 100_000_000n }),
  priceMicroUsdPerMillionCompletionTokens: fc.bigInt({ min: 0n, max: 100_000_000n }),
  feePartsPerMillion: fc.bigInt({ min: 0n, max: 1_000_000n }),
});
const tokens = fc.nat(1_000_000);

describe('a charge', () => {
  it.each([
    [
      { promptTokens: 20, completionTokens: 40 },
      { chargeMicroUsd: 9n, operatorMicroUsd: 8n, feeMicroUsd: 1n },
    ],
    [
      { promptTokens: 0, completionTokens: 0 },
      { chargeMicroUsd: 0n, operatorMicroUsd: 0n, feeMicroUsd: 0n },
    ],
    [
      { promptTokens: 1, completionTokens: 0 },
      { chargeMicroUsd: 1n, operatorMicroUsd: 1n, feeMicroUsd: 0n },
    ],
    [
      { promptTokens: 1_000_000, completionTokens: 1_000_000 },
      { chargeMicroUsd: 250_000n, operatorMicroUsd: 212_500n, feeMicroUsd: 37_500n },
    ],
  ])('of %o at $0.05 and $0.20 per million, fee 15 %%, is %o', (use, charge) => {
    const price = { priceMicroUsdPerMillionPromptTokens: 50_000n, priceMicroUsdPerMillionCompletionTokens: 200_000n };
    expect(chargeFor(use, { ...price, feePartsPerMillion: 150_000n })).toEqual(charge);
  });

  it('is split without remainder into shares of zero or more, and rounded up by less than one micro-USD', () => {
    fc.assert(
      fc.property(tokens, tokens, terms, (promptTokens, completionTokens, price) => {
        const { chargeMicroUsd, operatorMicroUsd, feeMicroUsd } = chargeFor({ promptTokens, completionTokens }, price);
        expect(operatorMicroUsd + feeMicroUsd).toBe(chargeMicroUsd);
        expect(operatorMicroUsd >= 0n && feeMicroUsd >= 0n).toBe(true);
        const exact =
          BigInt(promptTokens) * price.priceMicroUsdPerMillionPromptTokens +
          BigInt(completionTokens) * price.priceMicroUsdPerMillionCompletionTokens;
        const over = chargeMicroUsd * 1_000_000n - exact;
        expect(over >= 0n && over < 1_000_000n).toBe(true);
      }),
    );
  });

  it('is never above the hold made from bounds that the use keeps', () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, terms, (prompt, completion, morePrompt, moreCompletion, price) => {
        const use = { promptTokens: prompt, completionTokens: completion };
        const bounds = { promptTokens: prompt + morePrompt, completionTokens: completion + moreCompletion };
        expect(chargeFor(use, price).chargeMicroUsd <= mostCostMicroUsd(bounds, price)).toBe(true);
      }),
    );
  });
});

describe('a charge of batch work', () => {
  it('is half of the live charge, rounded up to a whole micro-USD, and split as it is', () => {
    fc.assert(
      fc.property(tokens, tokens, terms, (promptTokens, completionTokens, price) => {
        const use = { promptTokens, completionTokens };
        const batch = chargeFor(use, price, 'batch');
        const exact =
          BigInt(promptTokens) * price.priceMicroUsdPerMillionPromptTokens +
          BigInt(completionTokens) * price.priceMicroUsdPerMillionCompletionTokens;
        const over = batch.chargeMicroUsd * 2_000_000n - exact;
        expect(over >= 0n && over < 2_000_000n).toBe(true);
        expect(batch.operatorMicroUsd + batch.feeMicroUsd).toBe(batch.chargeMicroUsd);
        expect(batch.chargeMicroUsd <= mostCostMicroUsd(use, price, 'batch')).toBe(true);
      }),
    );
  });
});

describe('a charge within what was reserved', () => {
  it('is the charge itself, or all that was reserved, split without remainder', () => {
    fc.assert(
      fc.property(tokens, fc.bigInt({ min: 1n, max: 10n ** 9n }), terms, (completionTokens, most, price) => {
        const charge = chargeFor({ promptTokens: 0, completionTokens }, price);
        const within = chargeWithin(charge, most, price);
        const isWithin = charge.chargeMicroUsd <= most;
        expect(within.chargeMicroUsd).toBe(isWithin ? charge.chargeMicroUsd : most);
        expect(within.operatorMicroUsd + within.feeMicroUsd).toBe(within.chargeMicroUsd);
        expect(within.operatorMicroUsd >= 0n && within.feeMicroUsd >= 0n).toBe(true);
      }),
    );
  });
});

describe('a block of held money', () => {
  const money = fc.bigInt({ min: 0n, max: 10n ** 9n });
  const need = fc.record({
    credit: money,
    reserved: money,
    waitingMicroUsd: fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { maxLength: 12 }),
    headroomMicroUsd: money,
  });

  it('covers what is reserved and who is told so, is within the credit, and refuses none that would fit beside them', () => {
    fc.assert(
      fc.property(need, ({ credit, reserved, waitingMicroUsd, headroomMicroUsd }) => {
        const creditMicroUsd = credit + reserved;
        const plan = planBlock({ creditMicroUsd, reservedMicroUsd: reserved, waitingMicroUsd, headroomMicroUsd });
        const covered = waitingMicroUsd.filter((_, index) => plan.covered[index]).reduce((sum, each) => sum + each, 0n);
        expect(plan.amountMicroUsd >= reserved + covered && plan.amountMicroUsd <= creditMicroUsd).toBe(true);
        const ahead = plan.amountMicroUsd - reserved - covered;
        expect(ahead <= headroomMicroUsd && ahead * 4n <= creditMicroUsd - reserved - covered).toBe(true);
        waitingMicroUsd.forEach((bound, index) => {
          if (plan.covered[index] === false) expect(reserved + covered + bound > creditMicroUsd).toBe(true);
        });
      }),
    );
  });
});

describe('the prompt bound', () => {
  it('is at least the bytes of any text as UTF-8, below the context', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (texts) => {
        const byteCount = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
        expect(promptTokensMax(texts, Number.MAX_SAFE_INTEGER)).toBeGreaterThanOrEqual(byteCount);
        expect(promptTokensMax(texts, 1024)).toBeLessThanOrEqual(1024);
      }),
    );
  });
});

describe('a lease', () => {
  it('keeps its terms when the offer changes', () => {
    const price = {
      priceMicroUsdPerMillionPromptTokens: 1n,
      priceMicroUsdPerMillionCompletionTokens: 2n,
      feePartsPerMillion: 3n,
    };
    const offer = { offerId: 'f', operatorId: 'o', model: 'm', terms: { ...price } };
    const lease = freezeTerms('l', 'c', offer);
    offer.terms.priceMicroUsdPerMillionPromptTokens = 99n;
    expect(lease.terms).toEqual(price);
  });
});
