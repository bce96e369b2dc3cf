import { isFault } from '@rerig/domain/fault';
import { openDoorCertificate } from './door-certificate.ts';
import { farmFolderOf, loadMadeFarm, loadTokens, saveTokens, withFarmLock } from './farm-folder.ts';
import type { FarmFault } from './faults.ts';
import { issueToken, TOKEN_LIVES_MS } from './token-book.ts';

/** A token as its operator is shown it, once. */
export interface MadeToken {
  readonly token: string;
  readonly expiresAtMs: number;
  /** What is typed on the rig. */
  readonly command: string;
}

/** Makes a token by which one rig can join within a day. Its hash alone is kept. */
export async function makeToken(dataFolder: string, nowMs: number): Promise<MadeToken | FarmFault> {
  return withFarmLock(dataFolder, async () => {
    const record = await loadMadeFarm(dataFolder);
    if (isFault(record)) return record;
    const tokens = await loadTokens(dataFolder);
    if (isFault(tokens)) return tokens;
    const { fingerprint } = await openDoorCertificate(farmFolderOf(dataFolder), nowMs);
    const { token, book } = issueToken(tokens, fingerprint, nowMs);
    await saveTokens(dataFolder, book);
    const { address } = record.settings.head;
    const head = `${address.includes(':') ? `[${address}]` : address}:${record.doorPort}`;
    return { token, expiresAtMs: nowMs + TOKEN_LIVES_MS, command: `rerig join ${head} --token ${token}` };
  });
}
