import type { PriceFigure } from '@rerig/domain/economics';
import type { Fault } from '@rerig/domain/fault';

/** A public source of prices, read by its documented or plainly seen shape; it asks for no key. */
export interface PriceSource {
  /** `what-to-mine`. */
  readonly name: string;
  /** For people: `WhatToMine, income of coins`. */
  readonly title: string;
  /** What is asked, in order; every answer is JSON. */
  readonly addresses: readonly string[];
  /** Figures of the answers; a fault where they are not what they were. Never throws. */
  readonly read: (answers: readonly unknown[], today: string) => readonly PriceFigure[] | Fault;
}
