import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoCustomerId, type Exchange, issueApiKey } from '@rerig/server/server';

/**
 * The demo customer's key. The exchange keeps its hash alone, so the customer's own copy is kept beside, readable by
 * this user only, as a customer would keep it; a copy that is lost is replaced by a new key.
 */
export async function demoKey(exchange: Exchange, dataFolder: string): Promise<string> {
  const path = join(dataFolder, 'demo-customer.key');
  if (existsSync(path)) {
    const kept = readFileSync(path, 'utf8').trim();
    if (await exchange.isKeyValid(kept)) return kept;
  }
  const { secret } = await issueApiKey(exchange.database, demoCustomerId, `key-${randomUUID()}`);
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  return secret;
}
