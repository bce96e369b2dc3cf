import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { GIB } from '../quantity.ts';

function read(value: unknown): InventoryRead {
  return readInventory([{ name: 'rig07/lsblk.txt', text: JSON.stringify(value) }]);
}

const blockdevices = [
  { name: 'sda', size: 15_376_000_000, type: 'disk', tran: 'usb', model: 'Ultra Fit', rota: true },
  { name: 'nvme0n1', size: '465.8G', type: 'disk', tran: 'nvme', model: 'Samsung SSD 960 EVO' },
  { name: 'vda', size: '10G', type: 'disk', tran: null, model: null },
  { name: 'sdb', size: 60_000_000_000, type: 'disk', tran: 'sata', model: 'KINGSTON SA400' },
  { name: 'sdc', size: 0, type: 'disk', tran: 'usb', model: 'Card Reader' },
  { name: 'loop0', size: 1000, type: 'loop' },
  { name: 'sr0', size: 1000, type: 'rom' },
];

describe('lsblk', () => {
  it('gives a rig’s disks with size and what they hang on, and nothing that is none', () => {
    const { farm, faults } = read({ blockdevices });
    expect(faults).toEqual([]);
    expect(farm.rigs).toMatchObject([{ rigId: 'rig07', cards: [] }]);
    expect(farm.rigs[0]?.host.disks).toEqual([
      { modelName: 'Ultra Fit', bytes: 15_376_000_000, attachment: 'usb' },
      { modelName: 'Samsung SSD 960 EVO', bytes: Math.round(465.8 * GIB), attachment: 'nvme' },
      { modelName: 'vda', bytes: 10 * GIB, attachment: 'virtual' },
      { modelName: 'KINGSTON SA400', bytes: 60_000_000_000, attachment: 'sata' },
    ]);
  });

  it('reads any values in place of its own without a throw', () => {
    const entry = fc.record({
      name: fc.jsonValue(),
      size: fc.jsonValue(),
      type: fc.jsonValue(),
      model: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(entry, fc.jsonValue())), (list) => {
        expect(read({ blockdevices: list }).farm.rigs).toHaveLength(1);
      }),
    );
  });
});
