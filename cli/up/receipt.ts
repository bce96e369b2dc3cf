import type { Fault } from '@rerig/domain/fault';
import type { Lease } from '@rerig/domain/market';
import { type Charge, chargeFor, type TokenUse } from '@rerig/domain/metering';
import { formatMicroUsd, type MicroUsd } from '@rerig/domain/quantity';
import { type Exchange, type ExchangeAccount, readExchangeAccounts, readRequestReceipt } from '@rerig/server/server';
import { cliFault } from '../faults.ts';
import { renderTable } from '../table.ts';
import type { SeenAnswer } from './demonstration.ts';

/** What one request was metered and charged, and the books after it. */
export interface Receipt {
  readonly answer: SeenAnswer;
  readonly use: TokenUse;
  readonly charge: Charge;
  readonly lease: Lease;
  readonly accounts: readonly ExchangeAccount[];
}

/** Reads a request's receipt from the books; a Fault where the request is not settled there. */
export async function readReceipt(exchange: Exchange, lease: Lease, answer: SeenAnswer): Promise<Receipt | Fault> {
  // Requests are charged together within seconds: the statement is of the books once that is done.
  await exchange.chargeAll();
  const closed = await readRequestReceipt(exchange.database, answer.requestId);
  if (closed === null || closed.status !== 'settled' || closed.chargeTransferId === null)
    return notSettled(answer.requestId);
  const use = { promptTokens: closed.promptTokens, completionTokens: closed.completionTokens };
  const charge = chargeFor(use, lease.terms);
  if (charge.chargeMicroUsd !== closed.chargeMicroUsd) return notSettled(answer.requestId);
  return { answer, use, charge, lease, accounts: await readExchangeAccounts(exchange.database) };
}

/** The receipt for a person: the meter, the charge with its sum, every account and the sum of all. Ends in a new line. */
export function renderReceipt({ answer, use, charge, lease, accounts }: Receipt): string {
  const { terms } = lease;
  const feePercent = Number(terms.feePartsPerMillion) / 10_000;
  const total = accounts.reduce((sum, { balanceMicroUsd }) => sum + balanceMicroUsd, 0n);
  return [
    `Speed     first token after ${answer.firstTokenMs.toFixed(0)} ms, then ${answer.tokensPerSecond.toFixed(0)} tokens/s`,
    `Meter     ${use.promptTokens} prompt tokens and ${use.completionTokens} completion tokens, counted by the model server`,
    `Charge    ${formatMicroUsd(charge.chargeMicroUsd)} = ${use.promptTokens} × ${perMillion(terms.priceMicroUsdPerMillionPromptTokens)}` +
      ` + ${use.completionTokens} × ${perMillion(terms.priceMicroUsdPerMillionCompletionTokens)}, rounded up`,
    `          ${formatMicroUsd(charge.operatorMicroUsd)} to the operator, ${formatMicroUsd(charge.feeMicroUsd)} to the exchange` +
      ` (${feePercent} %, rounded down)`,
    '',
    renderTable(
      ['Ledger', 'balance'],
      [
        ...accounts.map(({ accountId, balanceMicroUsd }) => [accountId, formatMicroUsd(balanceMicroUsd)]),
        ['sum of all', formatMicroUsd(total)],
      ],
    ),
    '',
  ].join('\n');
}

function perMillion(priceMicroUsd: MicroUsd): string {
  return `${formatMicroUsd(priceMicroUsd)}/million`;
}

/** The receipt for `--json`: money in whole micro-USD as decimal strings, times in ms. */
export function toReceiptDocument({ answer, use, charge, lease, accounts }: Receipt) {
  const { requestId, text, firstTokenMs, firstTokenSinceStartMs, tokensPerSecond } = answer;
  return {
    requestId,
    answer: text,
    firstTokenMs,
    firstTokenSinceStartMs,
    tokensPerSecond,
    meter: use,
    charge: {
      chargeMicroUsd: charge.chargeMicroUsd.toString(),
      operatorMicroUsd: charge.operatorMicroUsd.toString(),
      feeMicroUsd: charge.feeMicroUsd.toString(),
    },
    leaseId: lease.leaseId,
    balances: accounts.map(({ accountId, balanceMicroUsd }) => ({
      accountId,
      balanceMicroUsd: balanceMicroUsd.toString(),
    })),
  };
}

function notSettled(requestId: string): Fault {
  return cliFault('demonstration-failed', {
    what: 'The answer came, but its charge does not stand in the ledger.',
    why: `The request ${requestId} is not settled as its lease has it.`,
    mend: 'Run "rerig ledger check", and report this with the log folder below the data folder.',
  });
}
