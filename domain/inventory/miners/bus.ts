import { busIdOf, busIdOfNumber } from '../bus-id.ts';
import { numberOf, textOf } from '../fields.ts';

/**
 * A card's bus as a miner writes it: a number is decimal (`16` → `10:00.0`), `16:0` is lolMiner's decimal bus and
 * device, and `0000:0A:00.0` is hexadecimal. A bus of 0 is what miners write where they know none: what stands there
 * is the host's own bridge.
 */
export function minerBusOf(value: unknown): string | undefined {
  const [, bus, slot = '0'] = /^(\d{1,3}):(\d{1,2})$/.exec(textOf(value) ?? '') ?? [];
  if (bus !== undefined) return decimalBusOf(Number(bus), Number(slot));
  const number = typeof value === 'string' && !/^\s*\d+\s*$/.test(value) ? undefined : numberOf(value);
  return number === undefined ? busIdOf(value) : decimalBusOf(number, 0);
}

function decimalBusOf(bus: number, slot: number): string | undefined {
  const busId = bus === 0 || slot > 31 ? undefined : busIdOfNumber(bus);
  return busId === undefined ? undefined : `${busId.slice(0, 2)}:${slot.toString(16).padStart(2, '0')}.0`;
}
