import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

/** Files by name; the operator says that all are of one rig. */
function readRig(files: Readonly<Record<string, string>>): InventoryRead {
  return readInventory(Object.entries(files).map(([name, text]) => ({ name, text, rigName: 'rig07' })));
}

function xml(gpus: readonly string[], time = 'Tue Mar  3 10:00:00 2026'): string {
  return `<nvidia_smi_log><timestamp>${time}</timestamp><driver_version>535.54.03</driver_version>
<attached_gpus>${gpus.length}</attached_gpus>${gpus.join('')}</nvidia_smi_log>`;
}

function gpu(bus: string, name: string, uuid: string, mib = 8192): string {
  return `<gpu id="00000000:${bus}"><product_name>${name}</product_name><uuid>${uuid}</uuid>
<fb_memory_usage><total>${mib} MiB</total></fb_memory_usage></gpu>`;
}

const [ONE, TWO, THREE] = ['GPU-1111aaaa-0001', 'GPU-2222aaaa-0002', 'GPU-3333aaaa-0003'] as const;
const P104 = gpu('0A:00.0', 'NVIDIA P104-100', ONE);

function hello(cards: readonly object[], addtime = '2026/1/5 9:00:00'): string {
  return JSON.stringify({ method: 'hello', params: { rig_id: 7, addtime, gpu: cards, nvidia_version: '535.54.03' } });
}

describe('merging what tools say of one rig', () => {
  it('takes ids from the bus, the name and VRAM from the driver, and readings from both', () => {
    const { farm, faults } = readRig({
      'smi.xml': xml([P104]),
      'lspci.txt': '0a:00.0 3D controller [0302]: NVIDIA Corporation GP104 [P104-100] [10de:1b87] (rev a1)\n',
      'hello.json': hello([
        { busid: '0a:00.0', name: 'P104-100', brand: 'nvidia', mem: '8119 MB', mem_type: 'Micron' },
      ]),
    });
    expect(faults).toEqual([]);
    expect(farm.rigs).toMatchObject([
      {
        rigId: 'rig07',
        contradictions: [],
        cards: [
          {
            ...{ name: 'NVIDIA P104-100', vramBytes: 8192 * MIB, pciId: '10de:1b87', pciRevision: 'a1' },
            ...{ memoryMaker: 'Micron', uuid: ONE },
          },
        ],
      },
    ]);
  });

  it('shows both where VRAM and name differ, and takes the driver’s', () => {
    const { farm } = readRig({
      'smi.xml': xml([P104]),
      'hello.json': hello([{ busid: '0a:00.0', name: 'GeForce GTX 1070', brand: 'nvidia', mem: '4096 MB' }]),
    });
    const [rig] = farm.rigs;
    expect(rig?.cards).toMatchObject([{ name: 'NVIDIA P104-100', vramBytes: 8192 * MIB }]);
    expect(rig?.contradictions).toMatchObject([
      { subject: 'card', cardId: 'rig07/0a:00.0', aspect: 'VRAM', taken: { text: '8192 MB (8 GiB)' } },
      {
        subject: 'card',
        aspect: 'name',
        others: [{ text: 'GeForce GTX 1070', source: 'hello.json, 2026/1/5 9:00:00' }],
      },
    ]);
  });

  it('takes a newer driver’s version and keeps the older one as what it contradicts', () => {
    const { farm } = readRig({
      'a.xml': xml([P104]),
      'b.txt': '| NVIDIA-SMI 390.143    Driver Version: 390.143   |\n',
    });
    expect(farm.rigs[0]?.host.nvidiaDriverVersion).toBe('535.54.03');
    expect(farm.rigs[0]?.contradictions).toMatchObject([
      { subject: 'driver', others: [{ text: '390.143' }] },
      { subject: 'cards', aspect: 'listed' },
    ]);
  });

  it('forgets the card that stood in a slot before, by its UUID, and says so', () => {
    const { farm } = readRig({
      'new.xml': xml([gpu('0A:00.0', 'NVIDIA GeForce RTX 3070', TWO)]),
      'hello.json': hello([{ busid: '0a:00.0', name: 'P104-100', brand: 'nvidia', vbios: '86.04', uuid: ONE }]),
    });
    expect(farm.rigs[0]?.cards).toMatchObject([{ name: 'NVIDIA GeForce RTX 3070', uuid: TWO }]);
    expect(farm.rigs[0]?.cards[0]).not.toHaveProperty('vbios');
    expect(farm.rigs[0]?.contradictions).toMatchObject([{ subject: 'card', aspect: 'UUID' }]);
  });

  it('shows cards that the bus lists and the driver does not', () => {
    const { farm } = readRig({
      'smi.xml': xml([P104]),
      'lspci.txt': ['0a', '0b']
        .map((bus) => `${bus}:00.0 3D controller: NVIDIA Corporation GP104 [P104-100]\n`)
        .join(''),
    });
    expect(farm.rigs[0]?.cards.map(({ busId }) => busId)).toEqual(['0a:00.0', '0b:00.0']);
    expect(farm.rigs[0]?.contradictions).toMatchObject([
      { subject: 'cards', taken: { text: '0b:00.0 listed' }, others: [{ text: '0b:00.0 not listed' }] },
    ]);
  });

  it('places cards without a bus by UUID, by place in the same file, or by order where names and number agree', () => {
    const cards = [
      P104,
      gpu('0B:00.0', 'NVIDIA GeForce RTX 3070', TWO),
      gpu('0C:00.0', 'NVIDIA GeForce RTX 3070', THREE),
    ];
    const list = `GPU 0: NVIDIA P104-100 (UUID: ${ONE})\n`;
    const csv =
      'name, temperature.gpu\nNVIDIA P104-100, 50\nNVIDIA GeForce RTX 3070, 61\nNVIDIA GeForce RTX 3070, 62\n';
    const { farm, faults } = readRig({ 'smi.xml': xml(cards), 'list.txt': list, 'temps.csv': csv });
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards.map(({ busId, reading }) => [busId, reading?.temperatureCelsius])).toEqual([
      ['0a:00.0', 50],
      ['0b:00.0', 61],
      ['0c:00.0', 62],
    ]);
  });

  it('counts no card twice: one that could be any of two is named in a fault', () => {
    const cards = [gpu('0B:00.0', 'NVIDIA GeForce RTX 3070', TWO), gpu('0C:00.0', 'NVIDIA GeForce RTX 3070', THREE)];
    const csv = 'name, temperature.gpu\nNVIDIA GeForce RTX 3070, 61\n';
    const { farm, faults } = readRig({ 'smi.xml': xml(cards), 'temps.csv': csv });
    expect(farm.rigs[0]?.cards).toHaveLength(2);
    expect(faults.map(({ code, what }) => [code, what])).toEqual([
      [
        'inventory-unplaced-cards',
        'temps.csv lists cards of rig07 that cannot be told apart: card 0 (NVIDIA GeForce RTX 3070).',
      ],
    ]);
  });

  it('leaves out what cannot be, and says so', () => {
    const { farm, faults } = readRig({
      'smi.xml': xml([gpu('0A:00.0', 'NVIDIA P104-100', ONE, 3_221_225_472)]),
      'rocm.json': JSON.stringify({ card0: { 'PCI Bus': '0000:0B:00.0', 'Temperature (Sensor edge) (C)': '511.0' } }),
    });
    expect(farm.rigs[0]?.cards.map(({ vramBytes, reading }) => [vramBytes, reading])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(faults.map(({ code }) => code)).toEqual(['inventory-implausible', 'inventory-implausible']);
    expect(faults[1]?.what).toContain('temperature 511 °C');
  });
});

describe('telling rigs', () => {
  it('merges files by their names without words of tools, and by the folder where nothing else is left', () => {
    const { farm } = readInventory([
      { name: 'dump/rig07-nvidia-smi.xml', text: xml([P104]) },
      { name: 'dump/rig07.lspci.txt', text: '0a:00.0 3D controller: NVIDIA Corporation GP104 [P104-100]\n' },
      { name: 'dump/Rig08/nvidia-smi.xml', text: xml([gpu('0A:00.0', 'NVIDIA P104-100', TWO)]) },
    ]);
    expect(farm.rigs.map(({ rigId, name, cards }) => [rigId, name, cards.length])).toEqual([
      ['rig07', 'rig07', 1],
      ['rig08', 'Rig08', 1],
    ]);
  });

  it('joins a file that names no rig to the rig of HiveOS that has its cards, and no other', () => {
    const files = [
      { name: 'hello.json', text: hello([{ busid: '0a:00.0', name: 'P104-100', brand: 'nvidia', uuid: ONE }]) },
      { name: 'box.xml', text: xml([P104]) },
      { name: 'other.xml', text: xml([gpu('0B:00.0', 'NVIDIA P104-100', ONE)]) },
    ];
    const { farm } = readInventory(files);
    expect(farm.rigs.map(({ rigId }) => rigId)).toEqual(['hive-7', 'other']);
  });

  it.each([
    ['Ansible', 'rig01 | CHANGED | rc=0 >>', 'rig02 | CHANGED | rc=0 >>'],
    ['parallel-ssh', '[1] 10:00:00 [SUCCESS] rig01', '[2] 10:00:01 [SUCCESS] rig02'],
    ['dshbak', '----------------\nrig01\n----------------', '----------------\nrig02\n----------------'],
    ['a shell', 'root@rig01:~# lspci', 'root@rig02:~# lspci'],
    ['a loop', '=== rig01 ===', '=== rig02 ==='],
  ])('tells machines of one file apart by the headings of %s', (_, first, second) => {
    const card = '01:00.0 3D controller: NVIDIA Corporation GP106 [P106-100]';
    const { farm, faults } = readInventory([{ name: 'all.txt', text: [first, card, second, card, ''].join('\n') }]);
    expect(faults).toEqual([]);
    expect(farm.rigs.map(({ rigId, cards }) => [rigId, cards.length])).toEqual([
      ['rig01', 1],
      ['rig02', 1],
    ]);
  });

  it('names a machine that answered nothing', () => {
    const card = '01:00.0 3D controller: NVIDIA Corporation GP106 [P106-100]';
    const text = `rig01 | CHANGED | rc=0 >>\n${card}\nrig02 | UNREACHABLE! => {\n    "msg": "Failed"\n}\n`;
    const { farm, faults } = readInventory([{ name: 'all.txt', text }]);
    expect(farm.rigs.map(({ rigId }) => rigId)).toEqual(['rig01']);
    expect(faults.map(({ what }) => what)).toEqual(['all.txt has nothing that is read of rig02.']);
  });

  it('takes any whole name before one that a table cut, and sees no difference where it may be the same', () => {
    const table = `| NVIDIA-SMI 515.65.01    Driver Version: 515.65.01    CUDA Version: 11.7     |
|   0  NVIDIA GeForce ...  On   | 00000000:05:00.0 Off |                  N/A |
| 50%   55C    P2    99W / 220W |   4915MiB /  8192MiB |    100%      Default |
|   1  NVIDIA GeForce ...  On   | 00000000:06:00.0 Off |                  N/A |
| 50%   55C    P2    99W / 220W |   4915MiB /  8192MiB |    100%      Default |`;
    const bus = '05:00.0 VGA compatible controller: NVIDIA Corporation GA104 [GeForce RTX 3070] (rev a1)';
    const { farm } = readInventory([
      { name: 'rig07.txt', text: table },
      { name: 'rig07-lspci.txt', text: bus },
    ]);
    expect(farm.rigs[0]?.contradictions.filter(({ aspect }) => aspect === 'name')).toEqual([]);
    expect(farm.rigs[0]?.cards.map(({ name }) => name)).toEqual(['GA104 [GeForce RTX 3070]', 'NVIDIA GeForce ...']);
  });
});
