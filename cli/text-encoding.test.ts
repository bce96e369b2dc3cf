import { readInventory } from '@rerig/domain/inventory';
import { describe, expect, it } from 'vitest';
import { decodeText } from './text-encoding.ts';

describe('decodeText', () => {
  it('reads UTF-8 and UTF-16 of both orders by their marks', () => {
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('RTX 3070 °', 'utf16le')]);
    const big = Buffer.from(little).swap16();
    expect([little, big, Buffer.from('RTX 3070 °')].map(decodeText)).toEqual(Array(3).fill('RTX 3070 °'));
  });

  it('gives bytes of no encoding that is read to a reader that refuses them, with what to do', () => {
    const { farm, faults } = readInventory([
      { name: 'old.txt', text: decodeText(Buffer.from('GPU 40 \xb0C', 'latin1')) },
    ]);
    expect(farm.rigs).toEqual([]);
    expect(faults).toMatchObject([{ code: 'inventory-wrong-encoding' }]);
  });
});
