import type { Fault } from '@rerig/domain/fault';
import { gatewayFault } from '@rerig/gateway/gateway';
import pg from 'pg';

/** Thrown inside a transaction to roll it back and give its Fault. */
export class RollBack extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.what);
    this.name = 'RollBack';
    this.fault = fault;
  }
}

/** SQLSTATE classes that mean "the database can't now": connection, resources, operator's stop, system error. */
const PASSING_CLASSES = ['08', '53', '57', '58'] as const;
/** What the connection pool and the sockets say when the database is away. */
const PASSING_WORDS =
  /ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout/;

/**
 * Runs database work; a `RollBack` gives its fault, and a database that is away, full or restarting gives a Fault
 * that may be tried again later. Anything else is a broken invariant and is thrown on.
 */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T | Fault> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RollBack) return error.fault;
    if (isPassing(error)) return unavailable(error);
    throw error;
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const { code } = error;
    return PASSING_CLASSES.some((prefix) => code.startsWith(prefix));
  }
  return error instanceof Error && PASSING_WORDS.test(`${error.message} ${'code' in error ? error.code : ''}`);
}

function unavailable(error: unknown): Fault {
  const isFull = error instanceof pg.DatabaseError && error.code === '53100';
  return gatewayFault('accounting_unavailable', {
    what: 'The request can not be accounted for now, so it was not started.',
    why: isFull ? "The exchange's disk is full." : "The exchange's database does not answer.",
    mend: 'Send it again in some seconds. Nothing was charged.',
  });
}
