import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryFile, type InventoryRead, type ObservedCard, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

/** A reader that takes longer hangs: where time grew as the square of the text it would take an hour. */
const HANG_MS = 60_000;

/** A card as a test makes it up, for every tool to print in its own way. */
interface Made {
  readonly bus: number;
  readonly name: string;
  readonly mib: number;
  readonly celsius: number;
  readonly watts: number;
  readonly fan: number;
  readonly generation: number;
  readonly lanes: number;
  readonly id: number;
}

const madeCard: fc.Arbitrary<Omit<Made, 'bus'>> = fc.record({
  name: fc.constantFrom('NVIDIA GeForce RTX 3070', 'NVIDIA P106-100', 'NVIDIA GeForce GTX 1080 Ti', 'NVIDIA CMP 40HX'),
  mib: fc.integer({ min: 1024, max: 98_304 }),
  celsius: fc.integer({ min: 1, max: 120 }),
  watts: fc.integer({ min: 1, max: 900 }),
  fan: fc.integer({ min: 0, max: 100 }),
  generation: fc.integer({ min: 1, max: 5 }),
  lanes: fc.constantFrom(1, 2, 4, 8, 16),
  id: fc.integer({ min: 1, max: 0xffff_ffff }),
});

/** A rig's cards, in the order of their buses, with UUIDs of their own. */
const madeRig: fc.Arbitrary<readonly Made[]> = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 12 }), fc.infiniteStream(madeCard))
  .map(([buses, cards]) =>
    buses
      .toSorted((one, other) => one - other)
      .map((bus, index) => ({ ...cards.next().value, bus, id: index * 7919 + bus + 1 })),
  );

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

function uuidOf({ id }: Made): string {
  return `GPU-${hex(id, 8).toLowerCase()}-aaaa-bbbb-cccc-0123456789ab`;
}

function busOf({ bus }: Made): string {
  return `00000000:${hex(bus, 2)}:00.0`;
}

function xml(cards: readonly Made[]): string {
  const gpus = cards.map(
    (card) => `<gpu id="${busOf(card)}"><product_name>${card.name}</product_name><uuid>${uuidOf(card)}</uuid>
      <pci><pci_gpu_link_info><pcie_gen><current_link_gen>${card.generation}</current_link_gen></pcie_gen>
      <link_widths><current_link_width>${card.lanes}x</current_link_width></link_widths></pci_gpu_link_info></pci>
      <fan_speed>${card.fan} %</fan_speed><fb_memory_usage><total>${card.mib} MiB</total></fb_memory_usage>
      <temperature><gpu_temp>${card.celsius} C</gpu_temp></temperature>
      <gpu_power_readings><power_draw>${card.watts}.00 W</power_draw></gpu_power_readings></gpu>`,
  );
  return `<?xml version="1.0" ?>\n<nvidia_smi_log><driver_version>535.54.03</driver_version>
    <attached_gpus>${cards.length}</attached_gpus>\n${gpus.join('\n')}\n</nvidia_smi_log>\n`;
}

function query(cards: readonly Made[]): string {
  const gpus = cards.map(
    (card) => `GPU ${busOf(card)}
    Product Name                          : ${card.name}
    GPU UUID                              : ${uuidOf(card)}
    PCI
        GPU Link Info
            PCIe Generation
                Max                       : 5
                Current                   : ${card.generation}
            Link Width
                Max                       : 16x
                Current                   : ${card.lanes}x
    Fan Speed                             : ${card.fan} %
    FB Memory Usage
        Total                             : ${card.mib} MiB
    Temperature
        GPU Current Temp                  : ${card.celsius} C
    Power Readings
        Power Draw                        : ${card.watts}.00 W`,
  );
  return `==============NVSMI LOG==============\n\nDriver Version                            : 535.54.03
Attached GPUs                             : ${cards.length}\n${gpus.join('\n')}\n`;
}

function table(cards: readonly Made[]): string {
  const rows = cards.map(
    (card, index) => `|   ${index}  ${card.name.padEnd(28)} Off | ${busOf(card)} Off |                  N/A |
| ${card.fan}%   ${card.celsius}C    P2   ${card.watts}W / 900W |      5MiB / ${card.mib}MiB |      7%      Default |
|                               |                      |                  N/A |`,
  );
  return `| NVIDIA-SMI 535.54.03    Driver Version: 535.54.03    CUDA Version: 12.2     |\n${rows.join('\n')}\n`;
}

function csv(cards: readonly Made[]): string {
  const rows = cards.map((card) =>
    [
      ...[busOf(card), card.name, `${card.mib} MiB`, uuidOf(card), `${card.celsius}`, `${card.watts}.00 W`],
      ...[`${card.fan} %`, `${card.generation}`, `${card.lanes}`],
    ].join(', '),
  );
  const columns = 'pci.bus_id, name, memory.total [MiB], uuid, temperature.gpu, power.draw [W], fan.speed [%]';
  return `${columns}, pcie.link.gen.current, pcie.link.width.current\n${rows.join('\n')}\n`;
}

function lspci(cards: readonly Made[]): string {
  return cards
    .map(({ bus, name }) => {
      const chip = name.replace('NVIDIA ', '');
      return `${hex(bus, 2).toLowerCase()}:00.0 3D controller [0302]: NVIDIA Corporation GX [${chip}] [10de:1c07] (rev a1)\n`;
    })
    .join('');
}

const printers = { xml, query, table, csv, lspci } as const;
const anyPrinter = fc.constantFrom(...(Object.keys(printers) as (keyof typeof printers)[]));

function read(...files: readonly InventoryFile[]): InventoryRead {
  return readInventory(files);
}

function toldOf(card: ObservedCard) {
  return [card.busId, (card.vramBytes ?? 0) / MIB, card.reading?.temperatureCelsius, card.reading?.powerWatts];
}

describe('readFile of what tools print', () => {
  it('reads any rig as nvidia-smi prints it, in each of its forms, card by card', () => {
    fc.assert(
      fc.property(madeRig, fc.constantFrom(xml, query, table, csv), (cards, print) => {
        const { farm, faults } = read({ name: 'rig07.txt', text: print(cards) });
        expect(faults).toEqual([]);
        expect(farm.rigs).toHaveLength(1);
        expect(farm.rigs[0]?.cards.map(toldOf)).toEqual(
          cards.map(({ bus, mib, celsius, watts }) => [`${hex(bus, 2).toLowerCase()}:00.0`, mib, celsius, watts]),
        );
        expect(farm.rigs[0]?.cards.map(({ name }) => name)).toEqual(cards.map(({ name }) => name));
      }),
    );
  });

  it('merges any outputs of one rig, in one file or several and in any order, to the same cards', () => {
    fc.assert(
      fc.property(madeRig, fc.shuffledSubarray(Object.values(printers), { minLength: 1 }), (cards, prints) => {
        const texts = prints.map((print) => print(cards));
        const several = read(...texts.map((text, index) => ({ name: `rig07-${index}.txt`, text, rigName: 'rig07' })));
        const one = read({ name: 'rig07.txt', text: texts.join('\n') });
        for (const { farm, faults } of [several, one]) {
          expect(faults).toEqual([]);
          expect(farm.rigs.map((rig) => [rig.cards.length, rig.contradictions])).toEqual([[cards.length, []]]);
        }
      }),
    );
  });

  it('changes nothing where the same file is read twice, or the files in another order', () => {
    fc.assert(
      fc.property(madeRig, fc.shuffledSubarray(Object.values(printers), { minLength: 2 }), (cards, prints) => {
        const files = prints.map((print, index) => ({
          name: `rig07.${index}.txt`,
          text: print(cards),
          rigName: 'rig07',
        }));
        expect(read(...files, ...files)).toEqual(read(...files));
        expect(read(...files.toReversed()).farm).toEqual(read(...files).farm);
      }),
    );
  });

  it('tells rigs of one file apart by their cards’ UUIDs', () => {
    fc.assert(
      fc.property(madeRig, fc.constantFrom(xml, query, csv), (cards, print) => {
        const others = cards.map((card) => ({ ...card, id: card.id + 0x7000_0000 }));
        const { farm } = read({ name: 'all.txt', text: `${print(cards)}\n${print(others)}` });
        expect(farm.rigs.map((rig) => rig.cards.length)).toEqual([cards.length, cards.length]);
      }),
    );
  });
});

/** Damages a text: cuts it, drops or repeats a line, or puts something in its place. */
const damage = fc.tuple(fc.nat(), fc.nat(), fc.string({ unit: 'binary', maxLength: 30 }), fc.nat({ max: 4 }));

function damaged(text: string, [where, length, replacement, kind]: readonly [number, number, string, number]): string {
  const at = where % (text.length + 1);
  if (kind === 0) return text.slice(0, at);
  if (kind === 1) return text.slice(at);
  if (kind === 2) return text.slice(0, at) + replacement + text.slice(at + (length % 60));
  const lines = text.split('\n');
  const index = where % lines.length;
  return (kind === 3 ? lines.toSpliced(index, 1) : lines.toSpliced(index, 0, lines[length % lines.length] ?? '')).join(
    '\n',
  );
}

describe('readFile of damaged output', () => {
  it('never throws, and keeps ids unique and figures plausible, whatever is damaged', () => {
    fc.assert(
      fc.property(madeRig, anyPrinter, fc.array(damage, { minLength: 1, maxLength: 4 }), (cards, printer, damages) => {
        const text = damages.reduce(damaged, printers[printer](cards));
        const { farm } = read({ name: 'rig07.txt', text });
        const found = farm.rigs.flatMap((rig) => rig.cards);
        expect(new Set(found.map(({ cardId }) => cardId)).size).toBe(found.length);
        for (const { vramBytes = MIB * 1024, reading } of found) {
          expect(vramBytes).toBeLessThanOrEqual(1024 ** 4);
          expect(reading?.temperatureCelsius ?? 0).toBeLessThanOrEqual(130);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('gives every card that stands whole before a cut', () => {
    fc.assert(
      fc.property(madeRig, fc.constantFrom(query, table, csv, lspci, xml), fc.nat(), (cards, print, where) => {
        const whole = print(cards);
        const text = whole.slice(0, where % whole.length);
        const marks = cards.map((card) =>
          print === lspci ? `${hex(card.bus, 2).toLowerCase()}:00.0 3D` : busOf(card),
        );
        const { farm } = read({ name: 'rig07.txt', text });
        const found = farm.rigs.flatMap((rig) => rig.cards).length;
        // The last card that is named may be cut within its own lines.
        const named = marks.filter((mark) => text.includes(mark)).length;
        expect(found).toBeGreaterThanOrEqual(named - 1);
      }),
    );
  });

  it('reads a file that ends in zeros, as one does that was written when the power failed', () => {
    const text = '01:00.0 3D controller: NVIDIA Corporation GP106 [P106-100]\n';
    expect(read({ name: 'x', text: text + '\0'.repeat(4096) })).toEqual(read({ name: 'x', text }));
    expect(read({ name: 'x', text: '\0'.repeat(4096) }).faults.map(({ code }) => code)).toEqual(['inventory-empty']);
  });

  it('never throws on any text, whatever sections of tools stand in it', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        ...['<nvidia_smi_log>', '<gpu id="', '</gpu>', '=NVSMI LOG=', 'GPU 00000000:01:00.0', '| NVIDIA-SMI 1.2 |'],
        ...['01:00.0 VGA compatible controller: ', 'Slot:\t01:00.0\n', 'Class:\tVGA compatible controller\n'],
        ...['name, memory.total [MiB]\n', '--query-gpu=name,uuid --format=csv,noheader', 'NVIDIA GeForce, 1 MiB', '\n'],
        ...[
          '{"card0":{"GPU ID":"0x1"}}',
          '[{"gpu":0,"bdf":"x"}]',
          '| gpu | name | pcie |',
          'rig01 | OK | rc=0 >>',
          ', ',
        ],
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        read({ name: 'x', text: pieces.join('') }, { name: 'y', text: pieces.join('\n') });
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['brackets that open', '['.repeat(1_000_000)],
    ['brackets that open and close', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
    ['objects within objects', '{"a":'.repeat(300_000)],
    ['elements within elements', `<nvidia_smi_log><gpu id="0">${'<a>'.repeat(400_000)}`],
    ['tags that never end', `<nvidia_smi_log>${'<'.repeat(1_000_000)}`],
    ['one line of commas', ','.repeat(2_000_000)],
    ['one line of bars', `| NVIDIA-SMI 1.2 |\n${'|'.repeat(2_000_000)}`],
    ['one line of blanks', `01:00.0 VGA compatible controller:${' '.repeat(2_000_000)}x`],
    ['objects side by side', '{}'.repeat(500_000)],
    ['lines that begin as lists do', '[{\n'.repeat(200_000)],
    ['items that are set in', `[\n${' { "a": 1 },\n'.repeat(150_000)} {}]`],
    ['headings', '=== rig1 ===\n'.repeat(100_000)],
    ['headers', 'name, uuid\n'.repeat(100_000)],
    ['rows', `name, uuid\n${'NVIDIA GeForce RTX 3070, GPU-1111-22\n'.repeat(100_000)}`],
  ])(
    'never hangs on %s, however many',
    (_, text) => {
      read({ name: 'x', text });
    },
    HANG_MS,
  );
});
