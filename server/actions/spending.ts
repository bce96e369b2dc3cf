import type { Fault } from '@rerig/domain/fault';
import { formatMicroUsd, type MicroUsd } from '@rerig/domain/quantity';
import { gatewayFault } from '@rerig/gateway/gateway';

/** What may be spent in a calendar month (UTC), in micro-USD; null for no cap. */
export interface Caps {
  readonly keyMicroUsd: MicroUsd | null;
  readonly organisationMicroUsd: MicroUsd | null;
}

/** What a key, or all keys of an organisation, spent in a month, and what is reserved beside it. */
export class Spending {
  readonly customerId: string;
  #month: string;
  #spentMicroUsd: MicroUsd;
  #reservedMicroUsd = 0n;

  /** `month` is its first day, `2026-11-01`; `spentMicroUsd` what was charged in it before. */
  constructor(customerId: string, month: string, spentMicroUsd: MicroUsd) {
    this.customerId = customerId;
    this.#month = month;
    this.#spentMicroUsd = spentMicroUsd;
  }

  get reservedMicroUsd(): MicroUsd {
    return this.#reservedMicroUsd;
  }

  /** Spent and reserved in a month. */
  inMonthMicroUsd(month: string): MicroUsd {
    return (month === this.#month ? this.#spentMicroUsd : 0n) + this.#reservedMicroUsd;
  }

  reserve(boundMicroUsd: MicroUsd): void {
    this.#reservedMicroUsd += boundMicroUsd;
  }

  giveBack(boundMicroUsd: MicroUsd): void {
    this.#reservedMicroUsd -= boundMicroUsd;
  }

  /** A request that ended in `month` has its charge in place of what was reserved. */
  spend(month: string, boundMicroUsd: MicroUsd, chargeMicroUsd: MicroUsd): void {
    this.#reservedMicroUsd -= boundMicroUsd;
    if (month > this.#month) {
      this.#month = month;
      this.#spentMicroUsd = 0n;
    }
    if (month === this.#month) this.#spentMicroUsd += chargeMicroUsd;
  }
}

/** The month that was asked for last: it is asked for with each request, and is almost always the same. */
let lastMonth = { startsAtMs: 0, endsAtMs: 0, firstDay: '' };

/** The calendar month of a moment (UTC) as its first day, `2026-11-01`. */
export function monthOf(atMs: number): string {
  if (atMs < lastMonth.startsAtMs || atMs >= lastMonth.endsAtMs) {
    const at = new Date(atMs);
    lastMonth = {
      startsAtMs: Date.UTC(at.getUTCFullYear(), at.getUTCMonth()),
      endsAtMs: Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1),
      firstDay: `${at.toISOString().slice(0, 7)}-01`,
    };
  }
  return lastMonth.firstDay;
}

/** The refusal where a request could pass a cap; null where it can't. */
export function capRefusal(
  caps: Caps,
  spent: { readonly key: Spending; readonly organisation: Spending },
  month: string,
  boundMicroUsd: MicroUsd,
): Fault | null {
  const { keyMicroUsd, organisationMicroUsd } = caps;
  if (keyMicroUsd !== null && spent.key.inMonthMicroUsd(month) + boundMicroUsd > keyMicroUsd)
    return overCap('key', keyMicroUsd, boundMicroUsd);
  if (
    organisationMicroUsd !== null &&
    spent.organisation.inMonthMicroUsd(month) + boundMicroUsd > organisationMicroUsd
  ) {
    return overCap('organisation', organisationMicroUsd, boundMicroUsd);
  }
  return null;
}

function overCap(whose: 'key' | 'organisation', capMicroUsd: MicroUsd, boundMicroUsd: MicroUsd): Fault {
  return gatewayFault('insufficient_quota', {
    what: 'The request was refused, and nothing was charged.',
    why: `It can cost up to ${formatMicroUsd(boundMicroUsd)}, with which the ${whose}'s cap of ${formatMicroUsd(capMicroUsd)} a month could be passed.`,
    mend: `Raise the cap with "rerig keys limit", ask for fewer tokens with max_tokens, or wait for the next month (UTC).`,
  });
}
