import type { ConstraintChange, LimitChange } from '@rerig/server/server';
import type { Command } from 'commander';
import { type KeysOptions, onKeys } from './open-keys.ts';

interface LimitOptions extends KeysOptions {
  readonly requestsPerMinute?: number | 'none';
  readonly tokensPerMinute?: number | 'none';
  readonly monthlyCap?: bigint | 'none';
  readonly region?: readonly string[];
  readonly operator?: readonly string[];
  readonly isolation?: 'process' | 'container' | 'vm';
}

/** `rerig keys create`: the secret goes to stdout, alone, so that a script can take it. */
export async function createKey(
  options: LimitOptions & { readonly organisation: string; readonly label?: string },
): Promise<void> {
  const { organisation: organisationId, label = '' } = options;
  const wish = { organisationId, label, ...limitsOf(options), ...constraintsOf(options) };
  const issued = await onKeys(options, (keys) => keys.create(wish));
  if (options.json === true) {
    const { apiKeyId, secret } = issued;
    process.stdout.write(`${JSON.stringify({ apiKeyId, organisationId, label, secret }, null, 2)}\n`);
    return;
  }
  process.stderr.write(`Key ${issued.apiKeyId} of ${organisationId}. This is shown once; only its hash is kept:\n`);
  process.stdout.write(`${issued.secret}\n`);
}

/** `rerig keys limit`: of a key, or of an organisation. */
export async function limitKey(
  apiKeyId: string | undefined,
  options: LimitOptions & { readonly organisation?: string },
  command: Command,
): Promise<void> {
  const { organisation: organisationId } = options;
  const [limits, constraints] = [limitsOf(options), constraintsOf(options)];
  const isNothing = Object.keys({ ...limits, ...constraints }).length === 0;
  if ((apiKeyId === undefined) === (organisationId === undefined) || isNothing) {
    return command.error('error: give one key, or one --organisation, and at least one limit');
  }
  if (organisationId !== undefined && Object.keys(constraints).length > 0) {
    return command.error('error: regions, operators and isolation are of a key, not of an organisation');
  }
  await onKeys(options, (keys) =>
    organisationId === undefined
      ? keys.limitKey(apiKeyId ?? '', { ...limits, ...constraints })
      : keys.limitOrganisation(organisationId, limits),
  );
  say(options, { changed: apiKeyId ?? organisationId }, `${apiKeyId ?? organisationId} is changed.`);
}

/** `rerig keys revoke`. */
export async function revokeKey(apiKeyId: string, options: KeysOptions): Promise<void> {
  await onKeys(options, (keys) => keys.revoke(apiKeyId));
  say(options, { revoked: apiKeyId }, `${apiKeyId} is revoked.`);
}

function say(options: KeysOptions, document: object, text: string): void {
  if (options.json === true) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else process.stderr.write(`${text}\n`);
}

function limitsOf({ requestsPerMinute, tokensPerMinute, monthlyCap }: LimitOptions): LimitChange {
  return {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute: orNull(requestsPerMinute) }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute: orNull(tokensPerMinute) }),
    ...(monthlyCap === undefined ? {} : { monthlyCapMicroUsd: orNull(monthlyCap) }),
  };
}

function orNull<T>(limit: T | 'none'): T | null {
  return limit === 'none' ? null : limit;
}

function constraintsOf({ region, operator, isolation }: LimitOptions): ConstraintChange {
  const anywhere = (names: readonly string[]) => names.filter((name) => name !== 'any');
  return {
    ...(region === undefined ? {} : { regions: anywhere(region) }),
    ...(operator === undefined ? {} : { operatorIds: anywhere(operator) }),
    ...(isolation === undefined ? {} : { isolation }),
  };
}
