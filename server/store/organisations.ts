import { type AccountKind, accountId } from '@rerig/domain/ledger';
import type { Database } from './database.ts';
import { ensureAccounts } from './ledger-rows.ts';

/** An organisation that trades: it supplies capacity, rents it, or both. */
export interface Organisation {
  readonly organisationId: string;
  readonly name: string;
  readonly role: 'operator' | 'customer' | 'both';
}

/** Makes an organisation with the ledger accounts of its role; one that exists is left as it is. */
export async function ensureOrganisation(database: Database, organisation: Organisation): Promise<void> {
  const { organisationId, name, role } = organisation;
  await database
    .insertInto('organisation')
    .values({ organisation_id: organisationId, name, role })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const ownKinds: readonly AccountKind[] = [
    ...(role === 'operator' ? [] : (['credit', 'held'] as const)),
    ...(role === 'customer' ? [] : (['earned'] as const)),
  ];
  await ensureAccounts(database, [
    ...ownKinds.map((kind) => ({ accountId: accountId(kind, organisationId), kind, ownerId: organisationId })),
    ...(['world', 'fee'] as const).map((kind) => ({
      accountId: accountId(kind, 'exchange'),
      kind,
      ownerId: 'exchange',
    })),
  ]);
}

/** A new API key as it is stored: the hash of the secret and a hint of its last 4 characters, never the secret. */
export interface NewApiKey {
  readonly apiKeyId: string;
  readonly organisationId: string;
  readonly secretSha256: string;
  readonly hint: string;
  /** A person's word for it; may be empty. */
  readonly label: string;
}

/** Stores a new key. */
export async function insertApiKey(database: Database, key: NewApiKey): Promise<void> {
  await database
    .insertInto('api_key')
    .values({
      api_key_id: key.apiKeyId,
      organisation_id: key.organisationId,
      secret_sha256: key.secretSha256,
      hint: key.hint,
      label: key.label,
    })
    .execute();
}

/** The ids of all organisations, in order. */
export async function listOrganisationIds(database: Database): Promise<readonly string[]> {
  const rows = await database.selectFrom('organisation').select('organisation_id').orderBy('organisation_id').execute();
  return rows.map(({ organisation_id }) => organisation_id);
}
