import { type Fault, isFault } from '@rerig/domain/fault';
import { heldMicroUsd, releaseTransfer, settleTransfer, type Transfer } from '@rerig/domain/ledger';
import type { Lease } from '@rerig/domain/market';
import { type Charge, chargeFor, type TokenUse } from '@rerig/domain/metering';
import type { Database } from '../store/database.ts';
import { postTransfer, readTransfer } from '../store/ledger-rows.ts';
import { readLease } from '../store/market.ts';
import { type ClosedRequest, closeRequestRow } from '../store/requests.ts';
import type { RequestOutcome } from '../store/tables.ts';
import { orUnavailable, RollBack } from './unavailable.ts';

/** What was delivered for a request, by the model server's count; times in ms from admission. */
export interface Delivered extends TokenUse {
  readonly outcome: RequestOutcome;
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
}

/**
 * Closes a request: charges for what was delivered and returns the rest of its hold, or releases all of it where
 * nothing was. Doing it twice changes nothing. Null: closed, now or before.
 */
export function settleRequest(database: Database, requestId: string, delivered: Delivered): Promise<Fault | null> {
  return orUnavailable(async () => {
    await database.transaction().execute(async (transaction) => {
      const loaded = await loadOpen(transaction, requestId);
      if (loaded === null) return;
      const plan = decideClosing(loaded.hold, loaded.lease, requestId, delivered);
      if (isFault(plan)) throw new RollBack(plan);
      const posted = await postTransfer(transaction, plan.transfer);
      if (isFault(posted)) throw new RollBack(posted);
      await closeRequestRow(transaction, plan.closed);
    });
    return null;
  });
}

async function loadOpen(transaction: Database, requestId: string) {
  const row = await transaction
    .selectFrom('inference_request')
    .select(['lease_id', 'hold_transfer_id'])
    .where('request_id', '=', requestId)
    .where('status', '=', 'open')
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return null;
  const [lease, hold] = [
    await readLease(transaction, row.lease_id),
    await readTransfer(transaction, row.hold_transfer_id),
  ];
  return lease === null || hold === null ? null : { lease, hold };
}

/** What closing a request posts and records. */
export interface Closing {
  readonly transfer: Transfer;
  readonly closed: ClosedRequest;
}

/** Decides how a request closes. The charge never passes the hold: past it, the exchange bears the difference. */
export function decideClosing(hold: Transfer, lease: Lease, requestId: string, delivered: Delivered): Closing | Fault {
  const held = heldMicroUsd(hold);
  if (isFault(held)) return held;
  const charge = capped(chargeFor(delivered, lease.terms), held);
  const isCharged = charge.chargeMicroUsd > 0n;
  const transfer = isCharged
    ? settleTransfer(`settle:${requestId}`, hold, {
        ...charge,
        customerId: lease.customerId,
        operatorId: lease.operatorId,
      })
    : releaseTransfer(`release:${requestId}`, hold, lease.customerId);
  if (isFault(transfer)) return transfer;
  const { chargeMicroUsd } = charge;
  return { transfer, closed: { ...delivered, requestId, status: isCharged ? 'settled' : 'released', chargeMicroUsd } };
}

function capped(charge: Charge, heldMicroUsdMax: bigint): Charge {
  if (charge.chargeMicroUsd <= heldMicroUsdMax) return charge;
  const feeMicroUsd = charge.feeMicroUsd < heldMicroUsdMax ? charge.feeMicroUsd : heldMicroUsdMax;
  return { chargeMicroUsd: heldMicroUsdMax, feeMicroUsd, operatorMicroUsd: heldMicroUsdMax - feeMicroUsd };
}
