import { numberOf, textOf } from './fields.ts';
import { remembering } from './remember.ts';

const WRITTEN = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/;

/** `0A:00.0` or `00000000:0A:00.0` → `0a:00.0`; a domain other than 0 is kept, as four digits or more: `10000:01:00.0`. */
export function busIdOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined || text.length > 20 ? undefined : busIdIn(text);
}

const busIdIn = remembering((text): string | undefined => {
  const [, domain = '', rest] = WRITTEN.exec(text.toLowerCase()) ?? [];
  if (rest === undefined) return undefined;
  const digits = domain.replace(/^0+/, '');
  return digits === '' ? rest : `${digits.padStart(4, '0')}:${rest}`;
});

/** A bus number in decimal, as HiveOS and miners write it: `10` → `0a:00.0`. */
export function busIdOfNumber(value: unknown): string | undefined {
  const bus = numberOf(value);
  if (bus === undefined || !Number.isInteger(bus) || bus < 0 || bus > 255) return undefined;
  return `${bus.toString(16).padStart(2, '0')}:00.0`;
}
