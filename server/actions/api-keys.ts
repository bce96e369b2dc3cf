import { hash, randomBytes } from 'node:crypto';
import type { Database } from '../store/database.ts';
import { insertApiKey, type NewApiKey } from '../store/organisations.ts';

/** A key's secret, shown once: `rk-` and 256 random bits in base64url. */
export interface IssuedApiKey extends Pick<NewApiKey, 'apiKeyId' | 'organisationId'> {
  readonly secret: string;
}

/** Issues an API key; the store keeps its hash alone. */
export async function issueApiKey(
  database: Database,
  organisationId: string,
  apiKeyId: string,
  label = '',
): Promise<IssuedApiKey> {
  const secret = `rk-${randomBytes(32).toString('base64url')}`;
  const hint = secret.slice(-4);
  await insertApiKey(database, { apiKeyId, organisationId, secretSha256: hash('sha256', secret, 'hex'), hint, label });
  return { apiKeyId, organisationId, secret };
}
