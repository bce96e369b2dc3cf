import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

function read(text: string): InventoryRead {
  return readInventory([{ name: 'rig07.txt', text }]);
}

function cardsOf(text: string): readonly unknown[] {
  const { farm, faults } = read(text);
  expect(faults).toEqual([]);
  return farm.rigs.flatMap(({ cards }) => cards);
}

describe('lspci', () => {
  it('gives cards of every class, and no graphics of processors, boards or virtual machines', () => {
    const { farm } = read(`00:00.0 Host bridge [0600]: Intel Corporation 8th Gen Core Processor [8086:3ec2] (rev 07)
00:02.0 VGA compatible controller [0300]: Intel Corporation CoffeeLake-S GT2 [UHD Graphics 630] [8086:3e92]
01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA104 [GeForce RTX 3070 Lite Hash Rate] [10de:2488] (rev a1)
01:00.1 Audio device [0403]: NVIDIA Corporation GA104 High Definition Audio Controller [10de:228b] (rev a1)
05:00.0 VGA compatible controller [0300]: Advanced Micro Devices, Inc. [AMD/ATI] Ellesmere [Radeon RX 470/480/570] [1002:67df] (rev ef)
06:00.0 VGA compatible controller [0300]: Advanced Micro Devices, Inc. [AMD/ATI] Cezanne [Radeon Vega Series] [1002:1638] (rev c8)
07:00.0 VGA compatible controller [0300]: ASPEED Technology, Inc. ASPEED Graphics Family [1a03:2000] (rev 41)
0a:00.0 3D controller [0302]: NVIDIA Corporation Device [10de:2082] (rev a1)
0b:00.0 Display controller [0380]: Advanced Micro Devices, Inc. [AMD/ATI] Vega 20 [Radeon Instinct MI50] [1002:66a1] (rev 02)
10000:0c:00.0 VGA compatible controller [0300]: Intel Corporation DG2 [Arc A770] [8086:56a0] (rev 08)
`);
    const [rig] = farm.rigs;
    expect(rig?.host.integratedGraphicsName).toBe('CoffeeLake-S GT2 [UHD Graphics 630]');
    expect(rig?.cards.map(({ busId, name, pciId, pciRevision }) => [busId, name, pciId, pciRevision])).toEqual([
      ['01:00.0', 'GA104 [GeForce RTX 3070 Lite Hash Rate]', '10de:2488', 'a1'],
      ['05:00.0', 'Ellesmere [Radeon RX 470/480/570]', '1002:67df', 'ef'],
      ['0a:00.0', undefined, '10de:2082', 'a1'],
      ['0b:00.0', 'Vega 20 [Radeon Instinct MI50]', '1002:66a1', '02'],
      ['10000:0c:00.0', 'DG2 [Arc A770]', '8086:56a0', '08'],
    ]);
  });

  it('tells a virtual machine by its display adapter', () => {
    const { farm } = read('00:02.0 VGA compatible controller: VMware SVGA II Adapter\n');
    expect(farm.rigs[0]).toMatchObject({ host: { virtualMachine: 'VMware' }, cards: [] });
  });

  it.each([
    [
      '-nnk',
      '01:00.0 3D controller [0302]: NVIDIA Corporation GP106 [P106-100] [10de:1c07] (rev a1)\n\tSubsystem: ASUSTeK [1043:8728]\n\tKernel driver in use: nouveau\n\tKernel modules: nouveau\n',
    ],
    [
      '-nnvmm',
      'Slot:\t01:00.0\nClass:\t3D controller [0302]\nVendor:\tNVIDIA Corporation [10de]\nDevice:\tGP106 [P106-100] [1c07]\nSVendor:\tASUSTeK [1043]\nSDevice:\tDevice [8728]\nRev:\ta1\nDriver:\tnouveau\n',
    ],
  ])('reads %s with the board and the kernel’s driver', (_, text) => {
    expect(cardsOf(text)).toMatchObject([
      {
        ...{ busId: '01:00.0', name: 'GP106 [P106-100]', pciId: '10de:1c07', subsystemId: '1043:8728' },
        ...{ pciRevision: 'a1', kernelDriver: 'nouveau', boardMaker: 'ASUS', vendor: 'nvidia' },
      },
    ]);
  });

  it.each([
    ['-n', '0000:01:00.0 0302: 10de:1c07 (rev a1)', { pciId: '10de:1c07' }],
    [
      '-mm',
      '01:00.0 "3D controller" "NVIDIA Corporation" "GP106 [P106-100]" -ra1 "ASUSTeK" "Device 8728"',
      { name: 'GP106 [P106-100]' },
    ],
    [
      '-vmm without ids',
      'Slot:\t01:00.0\nClass:\t3D controller\nVendor:\tNVIDIA Corporation\nDevice:\tGP106 [P106-100]',
      { name: 'GP106 [P106-100]' },
    ],
    ['plain', '01:00.0 3D controller: NVIDIA Corporation GP106 [P106-100] (rev a1)', { name: 'GP106 [P106-100]' }],
  ])('reads %s', (_, text, expected) => {
    expect(cardsOf(text)).toMatchObject([{ busId: '01:00.0', vendor: 'nvidia', ...expected }]);
  });

  it('reads the link and the memory that the host can address from -vv', () => {
    const text = `01:00.0 VGA compatible controller: NVIDIA Corporation TU116 [GeForce GTX 1660 SUPER] (rev a1) (prog-if 00 [VGA controller])
\tRegion 0: Memory at de000000 (32-bit, non-prefetchable) [size=16M]
\tRegion 1: Memory at c0000000 (64-bit, prefetchable) [size=256M]
\t\tLnkCap:\tPort #0, Speed 8GT/s, Width x16, ASPM L0s L1
\t\tLnkSta:\tSpeed 2.5GT/s (downgraded), Width x1 (downgraded)
`;
    expect(cardsOf(text)).toMatchObject([
      {
        ...{ pcieLink: { generation: 1, laneCount: 1 }, pcieLinkMost: { generation: 3, laneCount: 16 } },
        bar1Bytes: 256 * MIB,
      },
    ]);
  });

  it('knows a card that its list does not name by its id, and who built its board by the maker’s name', () => {
    const text = [
      '0b:00.0 VGA compatible controller: Advanced Micro Devices, Inc. [AMD/ATI] Device 73ff (rev c7)',
      '\tSubsystem: Tul Corporation / PowerColor Device 2412',
      '\tKernel driver in use: amdgpu',
      '--',
      '0e:00.0 3D controller: NVIDIA Corporation Device 1e09 (rev a1)',
    ].join('\n');
    const { farm } = readInventory([{ name: 'rig07.txt', text }]);
    expect(farm.rigs[0]?.cards).toMatchObject([
      { busId: '0b:00.0', pciId: '1002:73ff', pciRevision: 'c7', boardMaker: 'PowerColor', kernelDriver: 'amdgpu' },
      { busId: '0e:00.0', pciId: '10de:1e09', vendor: 'nvidia' },
    ]);
  });

  it('says that a card of which every bit reads as 1 is lost', () => {
    const text = [
      '05:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP104 [GeForce GTX 1070] [10de:1b81] (rev ff) (prog-if ff)',
      '\t!!! Unknown header type 7f',
      '05:00.1 Audio device [0403]: NVIDIA Corporation GP104 High Definition Audio Controller [10de:10f0] (rev ff)',
    ].join('\n');
    const { farm, faults } = readInventory([{ name: 'rig07.txt', text }]);
    expect(faults.map(({ what }) => what)).toEqual([
      'rig07.txt says that the driver has lost the card on bus 05:00.0.',
    ]);
    expect(farm.rigs[0]?.cards).toEqual([
      expect.objectContaining({ busId: '05:00.0', pciId: '10de:1b81', name: 'GP104 [GeForce GTX 1070]' }),
    ]);
    expect(farm.rigs[0]?.cards[0]?.pciRevision).toBeUndefined();
  });

  it('tells the link of the slot where the card has a switch of its own, whose far side always has 16 lanes', () => {
    const link = (width: number, speed: number) => `\t\tLnkSta:\tSpeed ${speed}GT/s, Width x${width}`;
    const bridge = (bus: string, far: string, name: string) =>
      `${bus}:00.0 PCI bridge: Advanced Micro Devices, Inc. [AMD/ATI] ${name} (rev c5)\n\tBus: primary=${bus}, secondary=${far}, subordinate=09, sec-latency=0`;
    const text = [
      '00:1c.0 PCI bridge: Intel Corporation 200 Series PCH PCI Express Root Port #1 (rev f0)',
      '\tBus: primary=00, secondary=07, subordinate=09, sec-latency=0',
      link(4, 2.5),
      bridge('07', '08', 'Navi 10 XL Upstream Port of PCI Express Switch'),
      '\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16, ASPM L0s L1',
      link(1, 5),
      bridge('08', '09', 'Navi 10 XL Downstream Port of PCI Express Switch'),
      link(16, 16),
      '09:00.0 VGA compatible controller: Advanced Micro Devices, Inc. [AMD/ATI] Navi 23 [Radeon RX 6600] (rev c7)',
      link(16, 16),
    ].join('\n');
    const [card] = readInventory([{ name: 'rig07.txt', text }]).farm.rigs[0]?.cards ?? [];
    expect(card).toMatchObject({
      ...{ busId: '09:00.0', pcieLink: { generation: 2, laneCount: 1 } },
      pcieLinkMost: { generation: 4, laneCount: 16 },
    });
  });
});
