import type { Gateway } from '../relay/run.ts';
import type { ResponseStore } from './response-store.ts';

/** What answering responses stands on. */
export interface ResponseParts {
  readonly gateway: Gateway;
  readonly responses: ResponseStore;
}
