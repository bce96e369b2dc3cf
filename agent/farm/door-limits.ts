/** How often an address may be refused, so that nobody tries tokens. Pure: the time comes in. */
export interface RefusalBook {
  readonly refusedAtMsByAddress: ReadonlyMap<string, readonly number[]>;
}

/** Refusals of one address, and of all together, within a minute. */
export const REFUSALS_MAX = 10;
export const ALL_REFUSALS_MAX = 100;
const WINDOW_MS = 60_000;

/** Whether this address may ask now. */
export function mayAsk(book: RefusalBook, address: string, nowMs: number): boolean {
  const recent = recentOnly(book, nowMs);
  const all = [...recent.refusedAtMsByAddress.values()].reduce((count, times) => count + times.length, 0);
  return all < ALL_REFUSALS_MAX && (recent.refusedAtMsByAddress.get(address)?.length ?? 0) < REFUSALS_MAX;
}

/** The book with one more refusal, and without those that no longer count: at most as many as may be refused at all. */
export function noteRefusal(book: RefusalBook, address: string, nowMs: number): RefusalBook {
  const recent = recentOnly(book, nowMs).refusedAtMsByAddress;
  return { refusedAtMsByAddress: new Map([...recent, [address, [...(recent.get(address) ?? []), nowMs]]]) };
}

function recentOnly({ refusedAtMsByAddress }: RefusalBook, nowMs: number): RefusalBook {
  const recent = [...refusedAtMsByAddress].map(
    ([address, times]) => [address, times.filter((timeMs) => timeMs > nowMs - WINDOW_MS)] as const,
  );
  return { refusedAtMsByAddress: new Map(recent.filter(([, times]) => times.length > 0)) };
}
