import { cardListSchema } from '@rerig/api/agent';
import { isFault } from '@rerig/domain/fault';
import { askDoor } from '../door/door-client.ts';

/** The names of an agent's cards by id; none where it does not tell: they are shown by their ids alone then. */
export async function cardNames(socketPath: string): Promise<ReadonlyMap<string, string>> {
  const listed = await askDoor(socketPath, { path: '/cards' }, cardListSchema);
  if (isFault(listed)) return new Map();
  return new Map(listed.cards.map(({ cardId, features }) => [cardId, features.cardModelName]));
}
