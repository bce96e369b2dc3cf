import type { Fault } from '@rerig/domain/fault';
import { gatewayFault } from '../faults.ts';

/** Requests of one organisation that may be under way at once: they fill some hundred cards. */
export const RUNNING_PER_ORGANISATION_MAX = 1_024;
/** Requests under way at once in the whole gateway: each holds at most about 0.5 MiB, so that memory is bounded. */
export const RUNNING_MAX = 8_192;

/** Counts who is inside, so that no more are let in than there is memory for, nor one keeps out the others. */
export class Crowd {
  readonly #runningByOrganisation = new Map<string, number>();
  #runningCount = 0;

  /** Lets a request in, or refuses it. What is let in must leave once. */
  enter(organisationId: string): Fault | null {
    const ownCount = this.#runningByOrganisation.get(organisationId) ?? 0;
    if (ownCount >= RUNNING_PER_ORGANISATION_MAX) {
      return gatewayFault('rate_limit_exceeded', {
        what: 'The request was refused.',
        why: `${RUNNING_PER_ORGANISATION_MAX} requests of this organisation are under way, the most at once.`,
        mend: 'Send it again when one of them has ended.',
      });
    }
    if (this.#runningCount >= RUNNING_MAX) {
      return gatewayFault('gateway_busy', {
        what: 'The request was refused.',
        why: `${RUNNING_MAX} requests are under way in this gateway, the most at once.`,
        mend: 'Send it again in some seconds.',
      });
    }
    this.#runningByOrganisation.set(organisationId, ownCount + 1);
    this.#runningCount += 1;
    return null;
  }

  /** One that was let in has ended. */
  leave(organisationId: string): void {
    const ownCount = (this.#runningByOrganisation.get(organisationId) ?? 1) - 1;
    if (ownCount <= 0) this.#runningByOrganisation.delete(organisationId);
    else this.#runningByOrganisation.set(organisationId, ownCount);
    this.#runningCount -= 1;
  }
}
