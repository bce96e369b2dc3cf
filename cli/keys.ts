import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';

const HELP = `
Limits: "none" lifts one. Requests over a limit of a minute are refused with 429
and the time to wait; requests that could pass a cap of the month (UTC) are
refused before they start. Where a server runs on the data folder, a change
holds within a second.

Examples:
  $ rerig keys create --organisation demo-customer --label ci --monthly-cap 25
  $ rerig keys list
  $ rerig keys limit key-3f9ac2d81b04 --requests-per-minute 60
  $ rerig keys limit --organisation demo-customer --monthly-cap none
  $ rerig keys limit key-3f9ac2d81b04 --region eu --isolation container
  $ rerig keys revoke key-3f9ac2d81b04`;

/** `rerig keys`: API keys, what they may use in a minute and spend in a month, and where their work may run. */
export function keysCommand(): Command {
  const keys = new Command('keys')
    .description('API keys: make, list, limit and revoke them.')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP);
  withConstraints(withLimits(begin(keys, 'create', 'Make a key. Its secret is shown once.')))
    .requiredOption('--organisation <id>', 'whose key it is')
    .option('--label <text>', 'your word for it')
    .action(async (options) => (await import('./keys/change.ts')).createKey(options));
  begin(keys, 'list', 'List the keys: limits, and what each used this month.').action(async (options) =>
    (await import('./keys/list.ts')).listKeys(options),
  );
  withConstraints(withLimits(begin(keys, 'limit', 'Change what a key, or an organisation, may use and spend.')))
    .argument('[key-id]', 'the key')
    .option('--organisation <id>', 'all keys of this organisation together, in place of a key')
    .action(async (keyId, options, command) => (await import('./keys/change.ts')).limitKey(keyId, options, command));
  begin(keys, 'revoke', 'Refuse a key from now on.')
    .argument('<key-id>', 'the key')
    .action(async (keyId, options) => (await import('./keys/change.ts')).revokeKey(keyId, options));
  return keys;
}

function begin(keys: Command, name: string, description: string): Command {
  return keys
    .command(name)
    .description(description)
    .configureHelp({ helpWidth: 80 })
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document');
}

function withLimits(command: Command): Command {
  return command
    .option('--requests-per-minute <n>', 'requests in a minute, or "none"', parseLimit)
    .option('--tokens-per-minute <n>', 'prompt and completion tokens in a minute', parseLimit)
    .option('--monthly-cap <usd>', 'US dollars in a calendar month (UTC)', parseCap);
}

function withConstraints(command: Command): Command {
  return command
    .option('--region <names...>', 'only in these regions, or "any"')
    .option('--operator <ids...>', 'only on these operators’ cards, or "any"')
    .addOption(
      new Option('--isolation <kind>', 'the weakest that is accepted').choices(['process', 'container', 'vm']),
    );
}

/** The most that the store keeps as a whole number. */
const LIMIT_MAX = 2_147_483_647;

function parseLimit(text: string): number | 'none' {
  if (text === 'none') return text;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIMIT_MAX}, or "none".`);
}

/** US dollars with at most 6 decimals as micro-USD, exactly. */
function parseCap(text: string): bigint | 'none' {
  if (text === 'none') return text;
  const [, whole, decimals = ''] = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (whole !== undefined) return BigInt(`${whole}${decimals.padEnd(6, '0')}`);
  throw new InvalidArgumentError('It must be US dollars with at most 6 decimals, like 25 or 0.50, or "none".');
}
