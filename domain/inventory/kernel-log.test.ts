import { expect, it } from 'vitest';
import { readInventory } from '../inventory.ts';

it('gives each card the errors of its driver once, and keeps them beside what other tools read', () => {
  const text = [
    '[  812.1] NVRM: Xid (PCI:0000:0a:00): 79, pid=1234, GPU has fallen off the bus.',
    '[  815.2] NVRM: Xid (PCI:0000:0a:00): 31, pid=1234, name=miner, Ch 00000008',
    '[  816.3] NVRM: Xid (PCI:0000:0a:00): 79, GPU has fallen off the bus.',
    'Sep 01 10:00:00 rig07 kernel: NVRM: Xid (PCI:0000:0B:00): 13, pid=99',
    '0b:00.0 3D controller: NVIDIA Corporation GP106 [P106-100]',
  ].join('\n');
  const { farm, faults } = readInventory([{ name: 'rig07.log', text }]);
  expect(faults).toEqual([]);
  expect(farm.rigs[0]?.cards).toEqual([
    { cardId: 'rig07/0a:00.0', kind: 'gpu', busId: '0a:00.0', vendor: 'nvidia', reading: { xidCodes: [31, 79] } },
    expect.objectContaining({ busId: '0b:00.0', name: 'GP106 [P106-100]', reading: { xidCodes: [13] } }),
  ]);
});
