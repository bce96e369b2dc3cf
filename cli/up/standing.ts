import type { ProbeReport } from '@rerig/agent/probe';
import type { Exchange, ReplicaReport } from '@rerig/server/server';
import { toFarmDocument } from '../farm-document.ts';
import { probeDocument } from '../probe.ts';
import { demoQuestion } from './demonstration.ts';
import type { ChosenInventory } from './farm-inventory.ts';
import { type Receipt, toReceiptDocument } from './receipt.ts';
import type { ServingCandidate } from './serving-candidates.ts';

/** Everything that stands once `rerig up` is up. */
export interface Standing {
  readonly url: string;
  readonly key: string;
  readonly card: ServingCandidate;
  readonly served: ReplicaReport;
  readonly modelName: string;
  /** Models that are served when they are asked for, and those of other servers. */
  readonly others: readonly string[];
  readonly dataFolder: string;
  readonly inventory: ChosenInventory;
  readonly receipt: Receipt;
  readonly exchange: Exchange;
  readonly report: ProbeReport;
}

/** Where everything is, for a person, with a line to paste. Ends in a new line. */
export function renderStanding({ url, key, modelName, others, dataFolder }: Standing, isOnce: boolean): string {
  const kept = `State     ${dataFolder}\n`;
  if (isOnce) return `${kept}          Start again without --once to stay up.\n`;
  const body = JSON.stringify({ model: modelName, messages: [{ role: 'user', content: 'What is a riser?' }] });
  return [
    `Console   ${url}/`,
    `API       ${url}/v1   (OpenAI-compatible)`,
    `Key       ${key}`,
    ...(others.length === 0 ? [] : [`Models    ${[modelName, ...others].join(', ')}`]),
    kept,
    'Try it:',
    `  curl ${url}/v1/chat/completions \\`,
    `    -H 'authorization: Bearer ${key}' \\`,
    `    -H 'content-type: application/json' \\`,
    `    -d '${body}'`,
    '',
    'Ctrl-C stops everything; what is stored stays.',
    '',
  ].join('\n');
}

/** The document of `rerig up --json`. */
export function toUpDocument(standing: Standing) {
  const { url, key, card, served, modelName, others, dataFolder, inventory, receipt, exchange, report } = standing;
  return {
    consoleUrl: `${url}/`,
    apiUrl: `${url}/v1`,
    apiKey: key,
    dataFolder,
    machine: probeDocument(report),
    inventoryOrigin: inventory.origin,
    farm: toFarmDocument(exchange.farm.assessed(), inventory.faults),
    replica: {
      replicaId: served.replicaId,
      cardId: card.cardId,
      route: card.route,
      model: modelName,
      contextTokens: served.contextTokens,
    },
    otherModels: others,
    demonstration: { question: demoQuestion, ...toReceiptDocument(receipt) },
  };
}
