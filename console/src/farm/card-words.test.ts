import type { CardView } from '@rerig/api/exchange';
import { describe, expect, test } from 'vitest';
import { exampleFarm } from '../../farm-fixture.ts';
import {
  cardTitle,
  evidenceWords,
  findingTitle,
  formatCount,
  formatCountOf,
  moneyWords,
  sensorWords,
  vramWords,
} from './card-words.ts';

function cardOf(cardId: string): CardView {
  const card = exampleFarm.rigs.flatMap((rig) => rig.cards).find((each) => each.cardId === cardId);
  if (card === undefined) throw new Error(`no card ${cardId} in the fixture`);
  return card;
}

describe('a card in words', () => {
  test.each([
    ['rig-02/0', 'RX 580 8 GB'],
    ['rig-02/2', 'RX 470 or RX 570'],
    ['rig-02/4', 'Advanced Micro Devices [AMD/ATI] Device 7340'],
  ])('%s is called "%s": its model, each that it may be, or its own name', (cardId, title) => {
    expect(cardTitle(cardOf(cardId))).toBe(title);
  });

  test('has VRAM with its unit, and none that is guessed', () => {
    expect(['rig-01/0', 'rig-02/2', 'rig-02/4', 'this-machine/cpu'].map((id) => vramWords(cardOf(id)))).toEqual([
      '23.7 GiB',
      '4 GiB',
      null,
      null,
    ]);
  });

  test('has each sensor that spoke, with its unit', () => {
    expect(sensorWords(cardOf('rig-01/1'))).toEqual(['63 °C', '158 W', 'fan 55 %']);
    expect(sensorWords({ ...cardOf('rig-01/1'), temperatureCelsius: 0 })[0]).toBe('0 °C');
    expect(sensorWords(cardOf('rig-02/3'))).toEqual([]);
  });

  test('says how its grade is known', () => {
    expect(['rig-01/0', 'rig-01/2', 'rig-01/3', 'rig-02/4'].map((id) => evidenceWords(cardOf(id)))).toEqual([
      'measured on this card',
      'measured on this model',
      'predicted',
      '',
    ]);
  });
});

test('a finding is called by its code in words', () => {
  expect(findingTitle('pcie-link-x1')).toBe('pcie link x1');
});

test('counts have their thousands apart and their noun in the right number', () => {
  expect([
    formatCount(1_234_567),
    formatCountOf(1, 'card'),
    formatCountOf(0, 'card'),
    formatCountOf(4182, 'request'),
  ]).toEqual(['1,234,567', '1 card', '0 cards', '4,182 requests']);
});

test.each([
  ['0', '$0.00'],
  ['1', '$0.000001'],
  ['1234567', '$1.234567'],
  ['-2500000', '-$2.50'],
  ['9007199254740993000001', '$9,007,199,254,740,993.000001'],
])('%s micro-USD are shown as %s, exactly', (text, words) => {
  expect(moneyWords(text)).toBe(words);
});
