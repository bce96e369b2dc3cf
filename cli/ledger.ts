import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FaultError, isFault } from '@rerig/domain/fault';
import { formatMicroUsd } from '@rerig/domain/quantity';
import { checkStoredLedger, type LedgerReport } from '@rerig/server/server';
import { Command } from 'commander';
import { defaultDataFolder } from './data-folder.ts';
import { cliFault } from './faults.ts';
import { renderTable } from './table.ts';
import { printFault } from './terminal.ts';

interface CheckOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** `rerig ledger check`: the proof over every stored row. */
export function ledgerCommand(): Command {
  const command = new Command('ledger').description('Look into the books.');
  command
    .command('check')
    .description(
      'Prove the ledger over its stored rows: every transfer sums to zero, every balance is the sum of its postings, ' +
        'every hold is closed at most once, by the sum of what its requests were metered, and all accounts together are zero.',
    )
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .action(check);
  return command;
}

async function check(options: CheckOptions): Promise<void> {
  const dataFolder = resolve(options.data);
  if (!existsSync(join(dataFolder, 'postgres'))) throw new FaultError(noLedger(dataFolder));
  const report = await checkStoredLedger(dataFolder);
  if (isFault(report)) throw new FaultError(report);
  if (options.json === true) process.stdout.write(`${toJson(report)}\n`);
  else process.stdout.write(`${toText(report)}\n`);
  if (report.errors.length === 0) return;
  if (options.json !== true) printFault(wrongLedger(report));
  process.exitCode = 1;
}

function toText(report: LedgerReport): string {
  const accounts = report.accounts.map(({ accountId, balanceMicroUsd }) => [
    accountId,
    formatMicroUsd(balanceMicroUsd),
  ]);
  const total = report.accounts.reduce((sum, { balanceMicroUsd }) => sum + balanceMicroUsd, 0n);
  const counts = `${report.transferCount} transfers, ${report.postingCount} postings, ${report.openHoldCount} open holds`;
  const verdict =
    report.errors.length === 0
      ? `✔ the ledger is right: ${counts}`
      : `${report.errors.map(({ subject, problem }) => `✖ ${subject}: ${problem}`).join('\n')}\n${counts}`;
  return `${renderTable(['account', 'balance'], [...accounts, ['sum of all', formatMicroUsd(total)]])}\n${verdict}`;
}

function toJson(report: LedgerReport): string {
  const { errors, transferCount, postingCount, openHoldCount, unchargedRequestCount } = report;
  const accounts = report.accounts.map((account) => ({
    ...account,
    balanceMicroUsd: account.balanceMicroUsd.toString(),
  }));
  const isRight = errors.length === 0;
  return JSON.stringify(
    { isRight, errors, accounts, transferCount, postingCount, openHoldCount, unchargedRequestCount },
    null,
    2,
  );
}

function noLedger(dataFolder: string) {
  return cliFault('ledger-empty', {
    what: 'There is no ledger to check.',
    why: `Nothing was ever stored in ${dataFolder}.`,
    mend: 'Start with "rerig up" first, or name another folder with --data DIR.',
  });
}

function wrongLedger(report: LedgerReport) {
  return cliFault('ledger-wrong', {
    what: `The ledger is wrong in ${report.errors.length} places.`,
    why: 'The rows that are listed above break its laws.',
    mend: 'Stop the exchange, keep a copy of its data folder, and report this.',
  });
}
