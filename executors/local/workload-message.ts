import { type Fault, isFault } from '@rerig/domain/fault';

/** What a workload says of itself on stdout, one JSON line each. */
export type WorkloadMessage =
  | { readonly event: 'loading' }
  | { readonly event: 'ready'; readonly announced: Readonly<Record<string, unknown>> }
  | { readonly event: 'failed'; readonly fault: Fault | undefined };

/** Reads a line of stdout; `undefined` for a line that is no such message, which belongs to the log. */
export function parseWorkloadMessage(line: string): WorkloadMessage | undefined {
  if (!line.startsWith('{')) return undefined;
  const message = parseObject(line);
  switch (message?.event) {
    case 'loading':
      return { event: 'loading' };
    case 'ready': {
      const { event: _, ...announced } = message;
      return { event: 'ready', announced };
    }
    case 'failed':
      return { event: 'failed', fault: isWholeFault(message.fault) ? message.fault : undefined };
    default:
      return undefined;
  }
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.fromEntries(Object.entries(value));
  } catch {
    // Not JSON: a line for the log, which happens to open with a brace.
    return undefined;
  }
}

function isWholeFault(value: unknown): value is Fault {
  if (!isFault(value)) return false;
  const { code, what, why, mend, retry } = value;
  const isText = [code, what, why, mend].every((text) => typeof text === 'string');
  return isText && ['never', 'after-mend', 'later'].includes(retry);
}
