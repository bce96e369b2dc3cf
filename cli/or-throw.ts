import { type Fault, FaultError, isFault } from '@rerig/domain/fault';

/** The value, or its Fault thrown, for the command's one rim to print. */
export function orThrow<T>(value: T | Fault): T {
  if (isFault(value)) throw new FaultError(value);
  return value;
}
