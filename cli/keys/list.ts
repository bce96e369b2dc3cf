import { formatMicroUsd } from '@rerig/domain/quantity';
import type { ListedKey } from '@rerig/server/server';
import { columnCount, wrap } from '../terminal.ts';
import { type KeysOptions, onKeys } from './open-keys.ts';

/** `rerig keys list`. */
export async function listKeys(options: KeysOptions): Promise<void> {
  const keys = await onKeys(options, (book) => book.list());
  if (options.json === true) process.stdout.write(`${JSON.stringify({ keys: keys.map(toDocument) }, null, 2)}\n`);
  else if (keys.length === 0) process.stderr.write('There are no keys. Make one with "rerig keys create".\n');
  else process.stdout.write(keys.map(toText).join('\n'));
}

function toText({ caller, label, hint, revokedAt, caps, requestCount, chargedMicroUsd }: ListedKey): string {
  const { apiKeyId, organisationId, keyLimit, organisationLimit, constraints } = caller;
  const { regions, operatorIds, isolation } = constraints;
  const lines = [
    `of ${organisationId}, ends in "${hint}"${revokedAt === null ? '' : `, revoked ${revokedAt.toISOString().slice(0, 10)}`}`,
    `this month: ${requestCount} requests, ${formatMicroUsd(chargedMicroUsd)}${capText(caps.keyMicroUsd)}`,
    `a minute: ${limitText(keyLimit.requestsPerMinute)} requests, ${limitText(keyLimit.tokensPerMinute)} tokens`,
    `all keys of ${organisationId}: ${limitText(organisationLimit.requestsPerMinute)} requests and ` +
      `${limitText(organisationLimit.tokensPerMinute)} tokens a minute${capText(caps.organisationMicroUsd)}`,
    `runs in ${placesText(regions, 'any region')}, on cards of ${placesText(operatorIds, 'any operator')}, in a ${isolation} or better`,
  ];
  const wrapped = lines.flatMap((line) => wrap(line, columnCount() - 2)).map((line) => `  ${line}\n`);
  return `${apiKeyId}${label === '' ? '' : ` (${label})`}\n${wrapped.join('')}`;
}

function limitText(limit: number | null): string {
  return limit === null ? 'any number of' : String(limit);
}

function capText(capMicroUsd: bigint | null): string {
  return capMicroUsd === null ? '' : `, of at most ${formatMicroUsd(capMicroUsd)} a month`;
}

function placesText(names: readonly string[], anywhere: string): string {
  return names.length === 0 ? anywhere : names.join(' or ');
}

function toDocument({ caller, label, hint, createdAt, revokedAt, caps, requestCount, chargedMicroUsd }: ListedKey) {
  return {
    ...caller,
    label,
    hint,
    createdAt: createdAt.toISOString(),
    revokedAt: revokedAt?.toISOString() ?? null,
    monthlyCapMicroUsd: caps.keyMicroUsd?.toString() ?? null,
    organisationMonthlyCapMicroUsd: caps.organisationMicroUsd?.toString() ?? null,
    monthRequestCount: requestCount,
    monthChargedMicroUsd: chargedMicroUsd.toString(),
  };
}
