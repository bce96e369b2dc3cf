import { describe, expect, it } from 'vitest';
import { alikeCards, findCards } from './find-cards.ts';
import { exampleReport } from './sample-farms.ts';

const { lines } = exampleReport();

function ids(asked: string): readonly string[] {
  return findCards(lines, asked).map(({ valued }) => valued.assessed.card.cardId);
}

describe('the card that somebody asks for', () => {
  it('is found by its id, its bus or its rig', () => {
    expect(ids('hive-2/05:00.0')).toEqual(['hive-2/05:00.0']);
    expect(ids('0a:00.0')).toEqual(['hive-1/0a:00.0']);
    expect(ids('01:00.0')).toEqual(['hive-3/01:00.0', 'hive-2/01:00.0']);
    expect(ids('Rig 3')).toHaveLength(4);
  });

  it('is found by its model or a part of its name, whatever the case and the blanks', () => {
    expect(ids('rtx3060ti')).toEqual(['hive-2/01:00.0', 'hive-2/02:00.0']);
    expect(ids('3080')).toEqual(['hive-2/06:00.0']);
    expect(ids('GeForce')).toHaveLength(6);
  });

  it('is nobody where nothing fits', () => {
    expect(ids('Voodoo 2')).toEqual([]);
    expect(ids(' ')).toEqual([]);
  });

  it('stands with those that are explained by the same words', () => {
    expect(alikeCards(findCards(lines, 'RTX 3060 Ti'))).toHaveLength(1);
    expect(alikeCards(findCards(lines, 'RX 580')).length).toBeGreaterThan(1);
  });
});
