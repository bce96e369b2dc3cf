import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

function read(text: string): InventoryRead {
  return readInventory([{ name: 'rig07.txt', text }]);
}

const OLD = `
> | NVIDIA-SMI 352.63     Driver Version: 352.63         |
> |-------------------------------+----------------------+----------------------+
> |   0  GeForce GTX 108...  Off  | 0000:0A:00.0      On |                  N/A |
> | 27%   37C    P8     6W / 180W |      2MiB /  8114MiB |      0%      Default |
> |   1  Tesla P40           On   | 0000:0B:00.0     Off |                  213 |
> | N/A   33C    P8     9W / 250W |      0MiB / 22919MiB |      0%      Default |
> |=============================================================================|
> |    0      1349    G   /usr/lib/xorg/Xorg                               4MiB |
`;

describe('the table of nvidia-smi', () => {
  it('is read of an old driver, quoted in a page, with names that are cut', () => {
    const { farm, faults } = read(OLD);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]).toMatchObject({
      host: { nvidiaDriverVersion: '352.63' },
      cards: [
        { busId: '0a:00.0', name: 'GeForce GTX 108...', vramBytes: 8114 * MIB, reading: { powerLimitWatts: 180 } },
        { busId: '0b:00.0', name: 'Tesla P40', isEccOn: true, reading: { eccUncorrectedCount: 213 } },
      ],
    });
    expect(farm.rigs[0]?.cards).toHaveLength(2);
  });

  it('is read of a driver that counted memory in MB', () => {
    const { farm } = read(`| NVIDIA-SMI 4.304.88   Driver Version: 304.88         |
|   0  GeForce GTX 680     | 0000:02:00.0     N/A |                  N/A |
| 40%   52C  N/A     N/A /  N/A |  12%  251MB / 2047MB |     N/A      Default |
|   1  GeForce GTX 680  Off  | 0000:03:00.0     N/A |                  N/A |
| 41%   53C  N/A     N/A /  N/A |        9MB /  2047MB |     N/A      Default |`);
    expect(farm.rigs[0]?.cards).toMatchObject([
      { busId: '02:00.0', vramBytes: 2047 * MIB, reading: { usedVramBytes: 251 * MIB, fanPercent: 40 } },
      { busId: '03:00.0', vramBytes: 2047 * MIB, reading: { temperatureCelsius: 53 } },
    ]);
  });

  it('is read of Windows, where the driver’s model stands after the name', () => {
    const { farm } = read(`| NVIDIA-SMI 617.14                 KMD Version: 617.14        CUDA UMD Version: 13.4     |
|   0  NVIDIA GeForce RTX 3050 ...  WDDM  |   00000000:01:00.0  On |                  N/A |
| N/A   45C    P8              5W /   60W |     512MiB /   4096MiB |      3%      Default |`);
    expect(farm.rigs[0]).toMatchObject({
      host: { nvidiaDriverVersion: '617.14', cudaVersion: '13.4' },
      cards: [{ name: 'NVIDIA GeForce RTX 3050 ...' }],
    });
  });

  it('does not count the partitions of a card as cards', () => {
    const { farm } = read(`| NVIDIA-SMI 535.161.08             Driver Version: 535.161.08   CUDA Version: 12.2     |
|   0  NVIDIA A100-PCIE-40GB          Off | 00000000:18:00.0 Off |                   On |
| N/A   51C    P0              71W / 250W |     38MiB / 40960MiB |     N/A      Default |
|                                         |                      |              Enabled |
| GPU  GI  CI  MIG |                   Memory-Usage |        Vol|      Shared           |
|  0    7   0   0  |               5MiB /  4864MiB  | 14      0 |  1   0    0    0    0 |
|                  |               0MiB /  8191MiB  |           |                       |`);
    expect(farm.rigs[0]?.cards).toMatchObject([{ vramBytes: 40960 * MIB }]);
  });

  it('keeps a card in error by its bus, and says that the driver has lost it', () => {
    const { farm, faults } = read(`| NVIDIA-SMI 470.63.01    Driver Version: 470.63.01    CUDA Version: 11.4     |
|   0  ERR!                ERR! | 00000000:02:00.0 ERR!|                 ERR! |
| ERR! ERR! ERR!    ERR! / ERR! |      0MiB /  8114MiB |     ERR!        ERR! |
Unable to determine the device handle for GPU 0000:04:00.0: GPU is lost.  Reboot the system to recover this GPU
`);
    expect(faults.map(({ code, what }) => [code, what.slice(-19)])).toEqual([
      ['inventory-card-lost', 'GPU 0000:04:00.0.'.padStart(19, 'd ')],
      ['inventory-card-lost', 'buard on bus 02:00.0.'.slice(-19)],
    ]);
    expect(farm.rigs[0]?.cards).toMatchObject([{ busId: '02:00.0' }]);
    expect(farm.rigs[0]?.cards[0]).not.toHaveProperty('name');
  });

  it('lists no card where there is none, and says where the driver is missing', () => {
    expect(read('No devices were found\n')).toMatchObject({ farm: { rigs: [{ cards: [] }] }, faults: [] });
    const { faults } = read('NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver.');
    expect(faults.map(({ code }) => code)).toEqual(['inventory-driver-missing']);
  });

  it('says which cards the driver has lost, by whatever word', () => {
    const { farm, faults } = read(`| NVIDIA-SMI 470.94       Driver Version: 470.94       CUDA Version: 11.4     |
|   0  Unknown Error       On   | 00000000:06:00.0 Off |                  N/A |
| 70%   61C    P0   Unknown Error / 90W |  Unknown Error |    100%   E. Process |
|   1  ERR!                On   | 00000000:07:00.0 Off |                 ERR! |
|ERR!  ERR! ERR!    ERR! / ERR! | GPU is lost          |    ERR!         ERR! |`);
    expect(faults.map(({ what }) => what)).toEqual([
      'rig07.txt says that the driver has lost the card on bus 06:00.0.',
      'rig07.txt says that the driver has lost the card on bus 07:00.0.',
    ]);
    expect(farm.rigs[0]?.cards.map(({ busId, name }) => [busId, name])).toEqual([
      ['06:00.0', undefined],
      ['07:00.0', undefined],
    ]);
  });
});
