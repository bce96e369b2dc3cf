/**
 * What an account is for. `world`: the other side of money that came in or went out; `credit`: a customer's money
 * to spend; `held`: a customer's money reserved for work under way; `earned`: an operator's; `fee`: the exchange's.
 */
export type AccountKind = 'world' | 'credit' | 'held' | 'earned' | 'fee';

/** One account. `ownerId` is an organisation's id, or `exchange` for `world` and `fee`. */
export interface Account {
  readonly accountId: string;
  readonly kind: AccountKind;
  readonly ownerId: string;
}

/** The account's id: there is one account of a kind for each owner. */
export function accountId(kind: AccountKind, ownerId: string): string {
  return `${kind}:${ownerId}`;
}

/** Only the world's account may go below zero: its debt is the money that others hold. */
export function mayBeNegative(kind: AccountKind): boolean {
  return kind === 'world';
}
