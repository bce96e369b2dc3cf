import { isFault } from '@rerig/domain/fault';
import type { Database } from '../store/database.ts';
import { readOpenRequests } from '../store/requests.ts';
import { settleRequest } from './settle-request.ts';

/**
 * Releases the holds of requests that a crash left open: what of them was delivered can't be proved, so the customer
 * is not charged. Called once at the start, under the server's lock, before anything is admitted. Gives how many.
 */
export async function recoverInterrupted(database: Database): Promise<number> {
  const open = await readOpenRequests(database);
  for (const { requestId } of open) {
    const refused = await settleRequest(database, requestId, {
      outcome: 'interrupted',
      promptTokens: 0,
      completionTokens: 0,
      durationMs: 0,
      firstTokenMs: null,
    });
    if (isFault(refused)) return 0;
  }
  return open.length;
}
