import { createHash, randomBytes } from 'node:crypto';
import type { Fault } from '@rerig/domain/fault';
import { gatewayFault } from '@rerig/gateway/gateway';
import type { Database } from '../store/database.ts';
import { type Caller, findCaller, insertApiKey } from '../store/organisations.ts';
import { orUnavailable } from './unavailable.ts';

/** A key's secret, shown once: `rk-` and 256 random bits in base64url. */
export interface IssuedApiKey extends Caller {
  readonly secret: string;
}

/** Issues an API key; the store keeps its hash alone. */
export async function issueApiKey(database: Database, organisationId: string, apiKeyId: string): Promise<IssuedApiKey> {
  const secret = `rk-${randomBytes(32).toString('base64url')}`;
  const hint = secret.slice(-4);
  await insertApiKey(database, { apiKeyId, organisationId, secretSha256: sha256(secret), hint });
  return { apiKeyId, organisationId, secret };
}

/** Whose key this is, or the Fault to refuse it with. The Fault shows the key's last 4 characters, never more. */
export function authenticate(database: Database, secret: string): Promise<Caller | Fault> {
  return orUnavailable(async () => (await findCaller(database, sha256(secret))) ?? unknownKey(secret));
}

function unknownKey(secret: string): Fault {
  return gatewayFault('invalid_api_key', {
    what: 'The API key was refused.',
    why: `No valid key is known that ends in "${secret.slice(-4)}": it is mistyped, revoked, or of another server.`,
    mend: 'Check it against the key that was shown when it was made.',
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
