import type { Fault } from '@rerig/domain/fault';
import { isFault } from '@rerig/domain/fault';
import { holdTransfer } from '@rerig/domain/ledger';
import type { Lease } from '@rerig/domain/market';
import { mostCostMicroUsd, type TokenUse } from '@rerig/domain/metering';
import { formatMicroUsd } from '@rerig/domain/quantity';
import { gatewayFault } from '@rerig/gateway/gateway';
import type { Database } from '../store/database.ts';
import { postTransfer } from '../store/ledger-rows.ts';
import type { Caller } from '../store/organisations.ts';
import { insertRequest } from '../store/requests.ts';
import { orUnavailable, RollBack } from './unavailable.ts';

/** Holds the most that a request can cost and records it as open, in one transaction. Null: admitted. */
export function admitRequest(
  database: Database,
  caller: Caller,
  lease: Lease,
  requestId: string,
  bounds: TokenUse,
): Promise<Fault | null> {
  const holdId = `hold:${requestId}`;
  const amountMicroUsd = mostCostMicroUsd(bounds, lease.terms);
  const hold = holdTransfer(holdId, lease.customerId, amountMicroUsd);
  if (isFault(hold)) return Promise.resolve(hold);
  return orUnavailable(async () => {
    await database.transaction().execute(async (transaction) => {
      const posted = await postTransfer(transaction, hold);
      if (isFault(posted)) throw new RollBack(posted);
      const { apiKeyId } = caller;
      await insertRequest(transaction, { requestId, apiKeyId, leaseId: lease.leaseId, holdTransferId: holdId });
    });
    return null;
  }).then((refused) => (refused?.code === 'ledger-insufficient-credit' ? outOfCredit(amountMicroUsd) : refused));
}

function outOfCredit(amountMicroUsd: bigint): Fault {
  return gatewayFault('insufficient_quota', {
    what: 'The request was refused, and nothing was charged.',
    why: `It can cost up to ${formatMicroUsd(amountMicroUsd)}, more than the organisation's credit that is not held.`,
    mend: 'Add credit, ask for fewer tokens with max_tokens, or wait for requests under way to end.',
  });
}
