import { expect, it } from 'vitest';
import { readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

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

it('tells AMD’s cards by the VRAM that the kernel found, their links, and a card that fell off without a number', () => {
  const text = [
    '[    0.000000] Linux version 5.4.80-test (someone@build) #1 SMP',
    '[    0.912345] pci 0000:0c:00.0: 2.000 Gb/s available PCIe bandwidth, limited by 2.5 GT/s PCIe x1 link at 0000:00:1b.0 (capable of 126.016 Gb/s with 8.0 GT/s PCIe x16 link)',
    '[    0.912399] pci 0000:05:00.0: 2.000 Gb/s available PCIe bandwidth, limited by 2.5 GT/s PCIe x1 link at 0000:00:1b.1 (capable of 8.000 Gb/s with 5.0 GT/s PCIe x2 link)',
    '[    9.001122] amdgpu 0000:0c:00.0: amdgpu: VRAM: 8192M 0x000000F400000000 - 0x000000F5FFFFFFFF (8192M used)',
    '[    9.501122] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  460.91.03  Fri Jul  2 06:04:10 UTC 2021',
    '[   99.001122] NVRM: The NVIDIA GPU 0000:03:00.0',
    '               NVRM: (PCI ID: 10de:1c07) installed in this system has',
    '               NVRM: fallen off the bus and is not responding to commands.',
  ].join('\n');
  const [rig] = readInventory([{ name: 'rig07-dmesg.txt', text }]).farm.rigs;
  expect(rig?.host).toEqual({ kernel: '5.4.80-test', nvidiaDriverVersion: '460.91.03' });
  expect(rig?.cards).toMatchObject([
    { busId: '03:00.0', vendor: 'nvidia', reading: { xidCodes: [79] } },
    {
      ...{ busId: '0c:00.0', vendor: 'amd', vramBytes: 8192 * MIB },
      ...{ pcieLink: { generation: 1, laneCount: 1 }, pcieLinkMost: { generation: 3, laneCount: 16 } },
    },
  ]);
});

it('tells the machines of a log server’s file apart, and takes a log without errors for one that lists no card', () => {
  const line = (host: string, code: number) =>
    `Mar  3 04:05:06 ${host} kernel: [12.345678] NVRM: Xid (PCI:0000:02:00): ${code}, x`;
  const { farm } = readInventory([
    { name: 'all.log', text: [line('rig-a', 62), line('rig-b', 13), line('rig-a', 45)].join('\n') },
  ]);
  expect(farm.rigs.map(({ rigId, cards }) => [rigId, cards[0]?.reading?.xidCodes])).toEqual([
    ['rig-a', [45, 62]],
    ['rig-b', [13]],
  ]);
  const clean = readInventory([{ name: 'a.log', text: '[    1.000001] usb 1-1: new high-speed USB device\n' }]);
  expect([clean.faults, clean.files[0]?.cardCount]).toEqual([[], 0]);
});

it('tells the link of a card with a switch on its board by the switch', () => {
  const text = [
    '[    0.511626] pci 0000:04:00.0: [1002:1478] type 01 class 0x060400',
    '[    0.511779] pci 0000:04:00.0: 4.000 Gb/s available PCIe bandwidth, limited by 5.0 GT/s PCIe x1 link at 0000:00:1c.5 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)',
    '[    9.001122] amdgpu 0000:06:00.0: VRAM: 12272M 0x0000008000000000 - 0x00000082FEFFFFFF (12272M used)',
  ].join('\n');
  expect(readInventory([{ name: 'a.log', text }]).farm.rigs[0]?.cards).toMatchObject([
    { busId: '06:00.0', pcieLink: { generation: 2, laneCount: 1 }, pcieLinkMost: { generation: 4, laneCount: 16 } },
  ]);
});
