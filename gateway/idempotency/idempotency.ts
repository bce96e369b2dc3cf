import type { Fault } from '@rerig/domain/fault';
import { isFault } from '@rerig/domain/fault';
import { gatewayFault } from '../faults.ts';
import type { Caller, GatewayPorts, KeptAnswer } from '../ports.ts';

/** The largest answer that is kept, in UTF-16 code units. A longer one is sent, and its key is free again. */
const KEPT_LENGTH_MAX = 1 << 20;
const KEY_LENGTH_MAX = 255;

/** What a request under an Idempotency-Key gets: the answer that was kept, a refusal, or leave to begin. */
export type IdempotentStart =
  | { readonly kind: 'kept'; readonly answer: KeptAnswer }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'begun'; readonly claim: IdempotencyClaim };

/** Leave to answer under a key. It must be released, whether an answer was kept or not. */
export interface IdempotencyClaim {
  keep(answer: KeptAnswer): Promise<void>;
  release(): void;
}

/** Answers each Idempotency-Key once: again only where no answer was kept, as the first one failed or was cut off. */
export class Idempotency {
  readonly #ports: GatewayPorts;
  readonly #underWay = new Set<string>();

  constructor(ports: GatewayPorts) {
    this.#ports = ports;
  }

  /** Begins a request under its key. `hashOf` gives the hash of its path and body, where there is one to compare with. */
  async begin(caller: Caller, key: string, hashOf: () => string | Promise<string>): Promise<IdempotentStart> {
    if (key.length === 0 || key.length > KEY_LENGTH_MAX || !/^[\x20-\x7e]+$/.test(key)) {
      return { kind: 'refused', fault: badKey() };
    }
    const name = `${caller.organisationId} ${key}`;
    if (this.#underWay.has(name)) return { kind: 'refused', fault: inProgress() };
    this.#underWay.add(name);
    let isBegun = false;
    try {
      const found = (await this.#ports.findAnswer?.(caller, key)) ?? null;
      if (found !== null && isFault(found)) return { kind: 'refused', fault: found };
      if (found !== null && found.requestHash !== (await hashOf())) return { kind: 'refused', fault: mismatch() };
      if (found !== null) return { kind: 'kept', answer: found };
      isBegun = true;
    } finally {
      if (!isBegun) this.#underWay.delete(name);
    }
    return {
      kind: 'begun',
      claim: {
        keep: async (answer) => {
          if (answer.body.length > KEPT_LENGTH_MAX) return;
          // An answer that can't be kept is paid for and sent all the same: only its repetition would be new work.
          await this.#ports.keepAnswer?.(caller, key, answer);
        },
        release: () => this.#underWay.delete(name),
      },
    };
  }
}

function badKey(): Fault {
  return gatewayFault('invalid_request', {
    what: 'The request was refused.',
    why: `Its Idempotency-Key is not 1 to ${KEY_LENGTH_MAX} printable ASCII characters.`,
    mend: 'Send a UUID as the key, or leave the header out.',
  });
}

function inProgress(): Fault {
  return gatewayFault('idempotency_in_progress', {
    what: 'The request was not begun.',
    why: 'A request under the same Idempotency-Key is still being answered.',
    mend: 'Send it again in a second: it gets the answer of the first.',
  });
}

function mismatch(): Fault {
  return gatewayFault('idempotency_mismatch', {
    what: 'The request was refused.',
    why: 'Its Idempotency-Key was used for another request within the last 24 hours.',
    mend: 'Send each request under a key of its own.',
  });
}
