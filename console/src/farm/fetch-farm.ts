import type { FarmView } from '@rerig/api/exchange';
import { FaultError } from '@rerig/domain/fault';
import { parseFarm } from '../parse-farm.ts';
import { faultOf } from '../server-answer.ts';

const FARM_PATH = '/api/v1/farm';
const ANSWER_LIMIT_MS = 10_000;

/** Where the newest view is kept in the page's query cache. */
export const FARM_QUERY_KEY = ['farm'] as const;

/** Asks the server for the farm as it is now. Throws a FaultError with what the server, or the network, said. */
export async function fetchFarm(signal: AbortSignal): Promise<FarmView> {
  try {
    const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const response = await fetch(FARM_PATH, { signal: AbortSignal.any([signal, limit]), cache: 'no-store' });
    if (!response.ok) throw new FaultError(await faultOf(response));
    return parseFarm(await response.json());
  } catch (error) {
    throw new FaultError(await faultOf(error), { cause: error });
  }
}
