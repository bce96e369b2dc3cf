import { hash } from 'node:crypto';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Lease } from '@rerig/domain/market';
import { gatewayFault } from '@rerig/gateway/gateway';
import type { Database } from '../store/database.ts';
import { findKey, type KnownKey } from '../store/keys.ts';
import { readOpenLeases } from '../store/market.ts';
import { orUnavailable } from './unavailable.ts';

/** Most keys and organisations that are remembered; the one that was remembered first goes. */
const REMEMBERED_MAX = 50_000;
/** Most secrets that are remembered as unknown: guessing must not push out what is known. */
const UNKNOWN_MAX = 1_000;

/** What a directory is made from. `isCurrent` says whether changes are told, so that what is remembered is right. */
export interface DirectoryParts {
  readonly database: Database;
  readonly isCurrent: () => boolean;
}

/** Keys and open leases, remembered from the first look until something of them changes. */
export class Directory {
  readonly #parts: DirectoryParts;
  readonly #keysBySecret = new Map<string, KnownKey>();
  readonly #keysById = new Map<string, KnownKey>();
  readonly #unknownSecrets = new Set<string>();
  readonly #leases = new Map<string, ReadonlyMap<string, Lease>>();
  #changeCount = 0;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
  }

  /** Something has changed: all is looked up again. What is being looked up is given, but not remembered. */
  forget(): void {
    this.#changeCount += 1;
    this.#keysBySecret.clear();
    this.#keysById.clear();
    this.#unknownSecrets.clear();
    this.#leases.clear();
  }

  /** Whose key this is. The Fault to refuse it with shows its last 4 characters, never more. */
  async authenticate(secret: string): Promise<KnownKey | Fault> {
    const secretSha256 = hash('sha256', secret, 'hex');
    const remembered = this.#keysBySecret.get(secretSha256);
    if (remembered !== undefined) return remembered;
    if (this.#unknownSecrets.has(secretSha256)) return unknownKey(secret);
    const changeCount = this.#changeCount;
    const key = await orUnavailable(() => findKey(this.#parts.database, { secretSha256 }));
    if (isFault(key)) return key;
    if (this.#isCurrent(changeCount)) {
      if (key === null) remember(this.#unknownSecrets, secretSha256);
      else {
        this.#remember(this.#keysBySecret, secretSha256, key);
        this.#remember(this.#keysById, key.caller.apiKeyId, key);
      }
    }
    return key ?? unknownKey(secret);
  }

  /** The key with this id as it is remembered, or undefined. */
  rememberedKey(apiKeyId: string): KnownKey | undefined {
    return this.#keysById.get(apiKeyId);
  }

  /** The key with this id; a Fault where it was revoked, or there is none. */
  async key(apiKeyId: string): Promise<KnownKey | Fault> {
    const remembered = this.#keysById.get(apiKeyId);
    if (remembered !== undefined) return remembered;
    const changeCount = this.#changeCount;
    const key = await orUnavailable(() => findKey(this.#parts.database, { apiKeyId }));
    if (isFault(key)) return key;
    if (key === null) return revokedKey(apiKeyId);
    if (this.#isCurrent(changeCount)) this.#remember(this.#keysById, apiKeyId, key);
    return key;
  }

  /** A customer's open leases by their models as they are remembered, or undefined. */
  rememberedLeases(customerId: string): ReadonlyMap<string, Lease> | undefined {
    return this.#leases.get(customerId);
  }

  /** A customer's open leases by their models, in the order of those. */
  async leases(customerId: string): Promise<ReadonlyMap<string, Lease> | Fault> {
    const remembered = this.#leases.get(customerId);
    if (remembered !== undefined) return remembered;
    const changeCount = this.#changeCount;
    const open = await orUnavailable(() => readOpenLeases(this.#parts.database, customerId));
    if (isFault(open)) return open;
    const leases = new Map(open.map((lease) => [lease.model, lease]));
    if (this.#isCurrent(changeCount)) this.#remember(this.#leases, customerId, leases);
    return leases;
  }

  #isCurrent(changeCount: number): boolean {
    return changeCount === this.#changeCount && this.#parts.isCurrent();
  }

  #remember<T>(map: Map<string, T>, key: string, value: T): void {
    const [oldest] = map.keys();
    if (map.size >= REMEMBERED_MAX && oldest !== undefined) map.delete(oldest);
    map.set(key, value);
  }
}

function remember(set: Set<string>, value: string): void {
  const [oldest] = set;
  if (set.size >= UNKNOWN_MAX && oldest !== undefined) set.delete(oldest);
  set.add(value);
}

function unknownKey(secret: string): Fault {
  return gatewayFault('invalid_api_key', {
    what: 'The API key was refused.',
    why: `No valid key is known that ends in "${secret.slice(-4)}": it is mistyped, revoked, or of another server.`,
    mend: 'Check it against the key that was shown when it was made.',
  });
}

function revokedKey(apiKeyId: string): Fault {
  return gatewayFault('invalid_api_key', {
    what: 'The API key was refused.',
    why: `There is no valid key ${apiKeyId}: it was revoked.`,
    mend: 'Make another with "rerig keys create".',
  });
}
