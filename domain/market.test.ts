import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freezeTerms, type Offer } from './market.ts';

const priceMicroUsd = fc.bigInt({ min: 0n, max: 10n ** 12n });
const terms: fc.Arbitrary<Offer['terms']> = fc.record({
  priceMicroUsdPerMillionPromptTokens: priceMicroUsd,
  priceMicroUsdPerMillionCompletionTokens: priceMicroUsd,
  feePartsPerMillion: fc.bigInt({ min: 0n, max: 1_000_000n }),
});

describe('a lease', () => {
  it('has the terms of its offer, and keeps them whatever becomes of the offer', () => {
    fc.assert(
      fc.property(terms, terms, fc.string(), fc.string(), (first, later, model, customerId) => {
        const offered = { ...first };
        const offer: Offer = { offerId: 'offer-1', operatorId: 'operator-1', model, terms: offered };
        const lease = freezeTerms('lease-1', customerId, offer);
        Object.assign(offered, later);
        expect(lease).toEqual({
          leaseId: 'lease-1',
          offerId: 'offer-1',
          operatorId: 'operator-1',
          customerId,
          model,
          terms: first,
        });
      }),
    );
  });
});
