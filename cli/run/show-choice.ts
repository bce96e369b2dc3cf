import { cardListSchema, type WorkloadRequest, workloadListSchema } from '@rerig/api/agent';
import { type CardChoice, chooseCards, type OfferedRig } from '@rerig/domain/placement';
import type { z } from 'zod';
import { askDoor } from '../door/door-client.ts';
import { reachAgent } from '../door/reach-agent.ts';
import { orThrow } from '../or-throw.ts';
import { columnCount, wrap } from '../terminal.ts';

type Cards = z.infer<typeof cardListSchema>['cards'];
type Workloads = z.infer<typeof workloadListSchema>['workloads'];

/** Shows which cards a job would get as things stand, and of each other card why it would not. Nothing is started. */
export async function showChoice(request: WorkloadRequest, dataFolder: string, isJson: boolean): Promise<number> {
  const { socketPath } = orThrow(await reachAgent(dataFolder));
  const { cards } = orThrow(await askDoor(socketPath, { path: '/cards' }, cardListSchema));
  const { workloads } = orThrow(await askDoor(socketPath, { path: '/workloads' }, workloadListSchema));
  const choice = chooseCards(offeredRigs(cards, workloads), {
    demand: request.cards,
    rankCount: request.rankCount ?? 1,
    priority: request.priority ?? 'guaranteed',
  });
  if (isJson) process.stdout.write(`${JSON.stringify({ request, choice }, null, 2)}\n`);
  else process.stdout.write(renderChoice(choice, cards, columnCount()));
  return choice.kind === 'unfit' ? 1 : 0;
}

/** Cards by rig, as those who choose some see them. */
export function offeredRigs(cards: Cards, workloads: Workloads): readonly OfferedRig[] {
  const priorities = new Map(workloads.map(({ workloadId, priority }) => [workloadId, priority]));
  return [...Map.groupBy(cards, ({ rigId }) => rigId)].map(([rigId, ofRig]) => ({
    rigId,
    cards: ofRig.map(({ cardId, workloadId, standing, standingWhy, features }) => ({
      cardId,
      features,
      holder:
        workloadId === null ? null : { workloadId, priority: priorities.get(workloadId) ?? ('guaranteed' as const) },
      ...(standing === 'in-service' ? {} : { withheldWhy: `${standing}: ${standingWhy ?? 'no reason was given'}` }),
    })),
  }));
}

/** The choice for a person, in at most `width` columns. Ends in a new line. */
export function renderChoice(choice: CardChoice, cards: Cards, width: number): string {
  const nameOf = (cardId: string) => cards.find((card) => card.cardId === cardId)?.features.cardModelName ?? 'card';
  const lines = [...headline(choice)];
  if (choice.kind === 'placed') {
    const isGang = choice.places.length > 1;
    for (const { rank, rigId, cardIds } of choice.places) {
      const whose = isGang ? `rank ${rank}: ` : '';
      const ids = cardIds.map((cardId) => `${nameOf(cardId)} (${cardId})`);
      lines.push(`  ✔ ${whose}${ids.length === 0 ? `no card, on ${rigId}` : ids.join(', ')}`);
    }
  }
  lines.push(...choice.refusals.map(({ cardId, why }) => `  ✖ ${nameOf(cardId)} (${cardId}): ${why}`));
  return `${lines.flatMap((line) => indented(line, width)).join('\n')}\n`;
}

function headline(choice: CardChoice): readonly string[] {
  switch (choice.kind) {
    case 'placed':
      if (choice.evictedIds.length === 0) return ['It would start at once:'];
      return [`It would start once these have given way: ${choice.evictedIds.join(', ')}.`];
    case 'busy':
      return ['It would wait: cards that do are held by what gives no way.'];
    case 'unfit':
      return ['It would never start: too few cards here do.'];
  }
}

function indented(line: string, width: number): readonly string[] {
  const [, indent = ''] = /^( *)/.exec(line) ?? [];
  return wrap(line.trim(), width - indent.length - 4).map(
    (part, index) => `${indent}${index === 0 ? '' : '    '}${part}`,
  );
}
