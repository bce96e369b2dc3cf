/**
 * The one shape of a refusal. Code that is broken throws; a world that says no returns a `Fault`, so that the
 * caller must look at it, and so that CLI, HTTP and console can each show the same what, why and mend.
 */

/** Is it worth trying again? `never`: not as asked; `after-mend`: once the mend is done; `later`: by waiting alone. */
export type Retry = 'never' | 'after-mend' | 'later';

/** A refusal. `what` happened, `why`, and the `mend` that the reader can do; `code` comes from a room's closed table. */
export interface Fault<Code extends string = string> {
  readonly kind: 'fault';
  readonly code: Code;
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  readonly retry: Retry;
}

/** A room's closed table: each code with its answer to "is it worth retrying?". */
export type FaultTable<Code extends string> = Readonly<Record<Code, Retry>>;

/** Gives the maker of a room's faults, which accepts the codes of `table` and no other. */
export function faultMaker<Code extends string>(
  table: FaultTable<Code>,
): <C extends Code>(code: C, words: FaultWords) => Fault<C> {
  return (code, words) => ({ kind: 'fault', code, ...words, retry: table[code] });
}

/** The words of a fault: each a sentence that names the thing and shows the value. */
export interface FaultWords {
  readonly what: string;
  readonly why: string;
  readonly mend: string;
}

/** Whether a value is a refusal. Every `T | Fault` is told apart by this. */
export function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'fault';
}

/** Carries a `Fault` through code that can only throw (an HTTP handler, a stream); it is caught at the rim and shown. */
export class FaultError<Code extends string = string> extends Error {
  readonly fault: Fault<Code>;
  constructor(fault: Fault<Code>, options?: ErrorOptions) {
    super(`${fault.what} ${fault.why} ${fault.mend}`, options);
    this.name = 'FaultError';
    this.fault = fault;
  }
}

/** Thrown where code, not the world, is wrong: an invariant that does not hold. It stops that unit of work. */
export class InvariantError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvariantError';
  }
}

/** The end of a `switch` over a closed union: reached only if a case is missing, which the compiler refuses first. */
export function unreachable(value: never): never {
  throw new InvariantError(`a case is missing for ${JSON.stringify(value)}`);
}
