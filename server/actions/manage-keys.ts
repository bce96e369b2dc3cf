import { randomBytes } from 'node:crypto';
import { type Fault, isFault } from '@rerig/domain/fault';
import { type Database, openStoreBeside } from '../store/database.ts';
import { storeFault } from '../store/faults.ts';
import {
  type ConstraintChange,
  changeKey,
  changeOrganisation,
  type LimitChange,
  type ListedKey,
  listKeys,
  revokeKey,
} from '../store/keys.ts';
import { listOrganisationIds } from '../store/organisations.ts';
import { type IssuedApiKey, issueApiKey } from './api-keys.ts';
import { monthOf } from './spending.ts';

/** What a key is made with. */
export interface KeyWish extends LimitChange, ConstraintChange {
  readonly organisationId: string;
  readonly label: string;
}

/** Keys and limits in the store of a data folder. What is changed holds within a second where a server runs on it. */
export interface KeyBook {
  /** Makes a key; its secret is given here and never again. */
  create(wish: KeyWish): Promise<IssuedApiKey | Fault>;
  /** Every key, with what it was charged in this month (UTC). */
  list(): Promise<readonly ListedKey[]>;
  /** Changes a key's limits and constraints; what is left out stays. */
  limitKey(apiKeyId: string, change: LimitChange & ConstraintChange): Promise<Fault | null>;
  /** Changes the limits that all keys of an organisation share. */
  limitOrganisation(organisationId: string, change: LimitChange): Promise<Fault | null>;
  /** Refuses a key from then on; requests under way end as they would. */
  revoke(apiKeyId: string): Promise<Fault | null>;
}

/** Opens the keys of a data folder, beside a running server or without one, for `use`; a Fault where it can't. */
export async function withKeyBook<T>(dataFolder: string, use: (keys: KeyBook) => Promise<T>): Promise<T | Fault> {
  const store = await openStoreBeside(dataFolder);
  if (isFault(store)) return store;
  try {
    return await use(keyBookOf(store.database));
  } finally {
    await store.close();
  }
}

function keyBookOf(database: Database): KeyBook {
  return {
    create: async ({ organisationId, label, ...limits }) => {
      const organisationIds = await listOrganisationIds(database);
      if (!organisationIds.includes(organisationId)) return unknownOrganisation(organisationId, organisationIds);
      const apiKeyId = `key-${randomBytes(6).toString('hex')}`;
      // In one transaction: a key must not work for a moment without its limits.
      return database.transaction().execute(async (transaction) => {
        const issued = await issueApiKey(transaction, organisationId, apiKeyId, label);
        await changeKey(transaction, apiKeyId, limits);
        return issued;
      });
    },
    list: () => listKeys(database, monthOf(Date.now())),
    limitKey: async (apiKeyId, change) => ((await changeKey(database, apiKeyId, change)) ? null : unknownKey(apiKeyId)),
    limitOrganisation: async (organisationId, change) =>
      (await changeOrganisation(database, organisationId, change))
        ? null
        : unknownOrganisation(organisationId, await listOrganisationIds(database)),
    revoke: async (apiKeyId) => ((await revokeKey(database, apiKeyId)) ? null : unknownKey(apiKeyId)),
  };
}

function unknownOrganisation(organisationId: string, known: readonly string[]): Fault {
  return storeFault('store-organisation-unknown', {
    what: `There is no organisation "${organisationId}".`,
    why: known.length === 0 ? 'None is stored yet.' : `Those that are stored: ${known.join(', ')}.`,
    mend: known.length === 0 ? 'Start with "rerig up" first.' : 'Name one of them.',
  });
}

function unknownKey(apiKeyId: string): Fault {
  return storeFault('store-key-unknown', {
    what: `There is no key "${apiKeyId}".`,
    why: 'Keys are named by their id, not by their secret.',
    mend: 'Look it up with "rerig keys list".',
  });
}
