import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fault, isFault } from './fault.ts';
import {
  type AccountKind,
  accountId,
  checkLedger,
  fundTransfer,
  holdTransfer,
  type LedgerRows,
  releaseTransfer,
  settleTransfer,
  type Transfer,
} from './ledger.ts';

const customerId = 'c';
const operatorId = 'o';
const amount = fc.bigInt({ min: 1n, max: 10n ** 15n });

function accepted(transfer: Transfer | Fault): Transfer {
  if (isFault(transfer)) expect.fail(transfer.why);
  return transfer;
}

function rowsOf(transfers: readonly Transfer[]): LedgerRows {
  const owners: readonly (readonly [AccountKind, string])[] = [
    ['world', 'exchange'],
    ['fee', 'exchange'],
    ['credit', customerId],
    ['held', customerId],
    ['earned', operatorId],
  ];
  const accounts = owners.map(([kind, ownerId]) => {
    const id = accountId(kind, ownerId);
    const own = transfers.flatMap(({ postings }) => postings).filter((posting) => posting.accountId === id);
    const balanceMicroUsd = own.reduce((sum, { amountMicroUsd }) => sum + amountMicroUsd, 0n);
    return { accountId: id, kind, ownerId, balanceMicroUsd };
  });
  return { accounts, transfers };
}

/** Any history of a customer who is funded and then has requests held, settled, released or left open. */
const history = fc
  .array(
    fc.record({
      held: amount,
      chargedPermille: fc.bigInt({ min: 0n, max: 1000n }),
      end: fc.constantFrom('settle', 'release', 'open'),
    }),
  )
  .map((requests) => {
    const funded = requests.reduce((sum, { held }) => sum + held, 1n);
    const transfers = [accepted(fundTransfer('fund:1', customerId, funded))];
    requests.forEach(({ held, chargedPermille, end }, index) => {
      const hold = accepted(holdTransfer(`hold:${index}`, customerId, held));
      transfers.push(hold);
      const charge = (held * chargedPermille) / 1000n;
      const feeMicroUsd = charge / 7n;
      const operatorMicroUsd = charge - feeMicroUsd;
      const split = { customerId, feeMicroUsd, shares: [{ operatorId, operatorMicroUsd }] };
      if (end === 'settle') transfers.push(accepted(settleTransfer(`settle:${index}`, hold, split)));
      if (end === 'release') transfers.push(accepted(releaseTransfer(`release:${index}`, hold, customerId)));
    });
    return transfers;
  });

describe('transfers', () => {
  it('always sum to zero and stand in the order of their accounts', () => {
    fc.assert(
      fc.property(history, (transfers) => {
        for (const { postings } of transfers) {
          expect(postings.reduce((sum, { amountMicroUsd }) => sum + amountMicroUsd, 0n)).toBe(0n);
          expect(postings.map((posting) => posting.accountId)).toEqual(
            postings.map((posting) => posting.accountId).toSorted(),
          );
        }
      }),
    );
  });

  it.each([0n, -1n])('of %d micro-USD are refused', (amountMicroUsd) => {
    expect(fundTransfer('f', customerId, amountMicroUsd)).toMatchObject({ code: 'ledger-amount-not-positive' });
    expect(holdTransfer('h', customerId, amountMicroUsd)).toMatchObject({ code: 'ledger-amount-not-positive' });
  });

  it('never settle for more than was held, nor close what is no hold', () => {
    const hold = accepted(holdTransfer('h', customerId, 100n));
    const shares = [
      { operatorId, operatorMicroUsd: 40n },
      { operatorId: 'p', operatorMicroUsd: 50n },
    ];
    const over = { customerId, shares, feeMicroUsd: 11n };
    expect(settleTransfer('s', hold, over)).toMatchObject({ code: 'ledger-settle-exceeds-hold' });
    const negative = { ...over, feeMicroUsd: -1n };
    expect(settleTransfer('s', hold, negative)).toMatchObject({ code: 'ledger-split-unequal' });
    const twice = { customerId, shares: [...shares, ...shares], feeMicroUsd: 0n };
    expect(settleTransfer('s', accepted(holdTransfer('h', customerId, 1000n)), twice)).toMatchObject({
      code: 'ledger-split-unequal',
    });
    const fund = accepted(fundTransfer('f', customerId, 5n));
    expect(releaseTransfer('r', fund, customerId)).toMatchObject({ code: 'ledger-not-a-hold' });
  });
});

describe('the check', () => {
  it('finds nothing in any right history', () => {
    fc.assert(
      fc.property(history, (transfers) => {
        expect(checkLedger(rowsOf(transfers))).toEqual([]);
      }),
    );
  });

  it('finds any single posting that was changed, lost or added', () => {
    fc.assert(
      fc.property(
        history,
        fc.nat(),
        fc.constantFrom('change', 'lose', 'add'),
        fc.nat(),
        (transfers, at, how, which) => {
          const rows = rowsOf(transfers);
          const index = at % transfers.length;
          const wrong = transfers.map((transfer, position) => {
            if (position !== index) return transfer;
            const line = which % transfer.postings.length;
            const kept = transfer.postings.filter((_, place) => place !== line);
            const posting = transfer.postings[line];
            if (posting === undefined) return transfer;
            if (how === 'lose') return { ...transfer, postings: kept };
            if (how === 'add') return { ...transfer, postings: [...transfer.postings, posting] };
            return { ...transfer, postings: [...kept, { ...posting, amountMicroUsd: posting.amountMicroUsd + 1n }] };
          });
          expect(checkLedger({ ...rows, transfers: wrong })).not.toEqual([]);
        },
      ),
    );
  });

  it.each([
    [
      'a hold that is closed twice',
      (t: readonly Transfer[]) => [...t, { ...t[2], transferId: 'release:again' } as Transfer],
      'both close it',
    ],
    [
      'a closing without its hold',
      (t: readonly Transfer[]) => t.filter(({ kind }) => kind !== 'hold'),
      'which is no hold',
    ],
    [
      'a settle that closes nothing',
      (t: readonly Transfer[]) => t.map((x) => ({ ...x, closesTransferId: null })),
      'must close a hold',
    ],
  ])('finds %s', (_, spoil, problem) => {
    const hold = accepted(holdTransfer('hold:1', customerId, 10n));
    const right = [
      accepted(fundTransfer('fund:1', customerId, 10n)),
      hold,
      accepted(releaseTransfer('release:1', hold, customerId)),
    ];
    const errors = checkLedger(rowsOf(spoil(right)));
    expect(errors.map((error) => error.problem).join('; ')).toContain(problem);
  });

  it('finds a kept balance that is not the sum of its postings, and a customer below zero', () => {
    const rows = rowsOf([accepted(fundTransfer('fund:1', customerId, 10n))]);
    const accounts = rows.accounts.map((account) =>
      account.kind === 'credit' ? { ...account, balanceMicroUsd: 11n } : account,
    );
    expect(checkLedger({ ...rows, accounts }).map(({ subject }) => subject)).toEqual(['credit:c', 'all accounts']);
    const overdrawn = rowsOf([accepted(holdTransfer('hold:1', customerId, 10n))]);
    expect(checkLedger(overdrawn)).toEqual([{ subject: 'credit:c', problem: 'a credit account is at -$0.00001' }]);
  });
});
