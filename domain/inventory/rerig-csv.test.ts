import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory, rerigCsvTemplate } from '../inventory.ts';
import { GIB } from '../quantity.ts';
import { delimiterOf, readCsvRecords } from './csv.ts';

function read(text: string): InventoryRead {
  return readInventory([{ name: 'farm.csv', text }]);
}

function cardCountsOf({ farm }: InventoryRead): readonly (readonly [string, number])[] {
  return farm.rigs.map(({ name, cards }) => [name, cards.length] as const);
}

describe('our own list of a farm', () => {
  it('reads its own template without a fault', () => {
    const found = read(rerigCsvTemplate);
    expect(found.faults).toEqual([]);
    expect(cardCountsOf(found)).toEqual([
      ['rig-01', 6],
      ['rig-02', 5],
    ]);
    const [first, second] = found.farm.rigs;
    expect(first).toMatchObject({
      host: {
        ram: { bytes: 4 * GIB, basis: 'reported', source: 'farm.csv, line 35' },
        cpu: { vectorExtension: 'none' },
      },
    });
    expect(first?.cards[5]).toMatchObject({
      name: 'Radeon RX 580',
      vendor: 'amd',
      vramBytes: 8 * GIB,
      pcieLink: { generation: 2, laneCount: 1 },
      reading: { powerWatts: 95 },
    });
    expect(second?.cards.map(({ busId }) => busId)).toEqual(['01:00.0', '02:00.0', '03:00.0', '04:00.0', '05:00.0']);
  });

  it.each([
    ['semicolons and decimal commas', 'rig;card;count;vram_gb\nA;"RX 580; Nitro";2;7,5\n'],
    ['tabs', 'rig\tcard\tcount\tvram_gb\nA\tRX 580; Nitro\t2\t7,5\n'],
    ['a spreadsheet’s first line and line ends', 'sep=;\r\nRig;GPU;Qty;VRAM (GB)\r\nA;"RX 580; Nitro";2;7,5\r\n'],
    ['comments and empty lines', '# mine\n\nrig,card,count,vram_gb\n# shelf\nA,RX 580; Nitro,2,7.5\n\n'],
  ])('reads %s', (_, text) => {
    const { farm, faults } = read(text);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards).toHaveLength(2);
    expect(farm.rigs[0]?.cards[0]).toMatchObject({ name: 'RX 580; Nitro', vramBytes: 7.5 * GIB });
  });

  it('leaves out a wrong line alone, with its number and what is wrong with it', () => {
    const found = read(
      [
        'rig,card,count,vram_gb,bus,pcie,temp_c',
        'A,RX 580,1,8,01:00.0,gen1 x1,60',
        'A,"RX 570,1,8',
        'A,RX 560,many,4',
        'A,RX 550,0,4',
        'A,GTX 1070,1,8,9z,gen3 x16',
        'A,GTX 1080,2,8,02:00.0,gen3 x16',
        'A,GTX 1060,1,6,03:00.0,fast',
        'A,P104-100,1,4,04:00.0,gen1 x4,400',
        'A,CMP 30HX,1,6,05:00.0,gen1 x4,50,surplus',
        'A,RTX 3060,1,12,06:00.0,x8',
      ].join('\n'),
    );
    expect(found.farm.rigs[0]?.cards.map(({ name }) => name)).toEqual(['RX 580', 'RTX 3060']);
    expect(found.faults.map(({ what }) => /ine (\d+)/.exec(what)?.[1])).toEqual([
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
      '11',
    ]);
    expect(found.faults.map(({ why }) => why)).toEqual([
      'In it its quotes do not match.',
      'In it "count" is "many", and no number.',
      'In it "count" is "0", and not 1 to 256.',
      'In it "bus" is "9z", and not such as 03:00.0, each once.',
      'In it "bus" has 1 buses for 2 cards.',
      'In it "pcie" is "fast", and not such as gen2 x1.',
      'In it "temp_c" is "400", and not -40 to 130.',
      'In it it has 8 fields, and the header 7.',
      'In it "pcie" is "x8" without a generation, such as gen2 x1.',
    ]);
  });

  it('names columns that it does not know, and which it has', () => {
    const { farm, faults } = read('rig,card,colour,Färbung\nA,RX 580,red,rot\n');
    expect(farm.rigs[0]?.cards).toHaveLength(1);
    expect(faults.map(({ what }) => what)).toEqual(['farm.csv has columns that are not read: "colour", "Färbung".']);
  });

  it('shows cards in no rig in groups, makes many rigs of one line, and stops at its bounds', () => {
    expect(cardCountsOf(read('card,count\nRX 580 8GB,230\n'))).toEqual([
      ['unassigned 1', 100],
      ['unassigned 2', 100],
      ['unassigned 3', 30],
    ]);
    const many = read('rig,rigs,card,count\nshed,30,RX 570,8\n');
    expect(many.farm.rigs).toHaveLength(30);
    expect(many.farm.rigs[29]).toMatchObject({ rigId: 'shed-30' });
    const tooMany = read('card,count\nRX 580,100000\nRX 570,100000\nRX 560,1\n');
    expect(tooMany.farm.rigs).toHaveLength(2000);
    expect(tooMany.faults.map(({ code }) => code)).toEqual(['inventory-too-many']);
  });

  it('is merged with what tools say of the same rig', () => {
    const list = { name: 'farm.csv', text: 'rig,card,count,ram_gb\nrig07,RX 580,1,8\n' };
    const log = { name: 'rig07-trex.json', text: '{"name":"t-rex","gpus":[{"device_id":0,"hashrate":5}]}' };
    expect(readInventory([list, log]).farm.rigs.map(({ rigId }) => rigId)).toEqual(['rig07']);
  });

  it('says of a header alone that it lists no card', () => {
    expect(read('rig,card,count\n').faults[0]?.code).toBe('inventory-no-card');
  });

  it('counts every card of every line that it does not refuse', () => {
    const row = fc.record({
      rig: fc.constantFrom('A', 'B', 'C'),
      card: fc.constantFrom('RX 580', 'RTX 3060, "OC"', 'P104-100'),
      count: fc.oneof(fc.integer({ min: -3, max: 30 }), fc.constantFrom('', 'x', '1e3', '2.5')),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), (rows) => {
        const lines = rows.map(({ rig, card, count }) => `${rig},"${card.replace(/"/g, '""')}",${count}`);
        const { farm, faults } = read(['rig,card,count', ...lines].join('\n'));
        const good = rows
          .map(({ count }) => (count === '' ? 1 : Number(count)))
          .filter((n) => Number.isInteger(n) && n > 0);
        const taken = rows.length - faults.length;
        expect(taken).toBe(rows.filter(({ count }) => count === '' || (typeof count === 'number' && count > 0)).length);
        const sum = good.filter((n) => n <= 256).reduce((total, n) => total + n, 0);
        expect(farm.rigs.reduce((total, { cards }) => total + cards.length, 0)).toBe(sum);
      }),
    );
  });

  it('reads any text after its header without a throw', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('"', ',', ';', '\r\n', '\n', '""', 'A,RX 580,2'))),
        (parts) => {
          const { farm } = read(`rig,card,count\n${parts.join('')}`);
          for (const { cards } of farm.rigs) expect(cards.length).toBeLessThanOrEqual(256);
        },
      ),
    );
  });
});

describe('CSV', () => {
  it('gives back what was written, whatever the fields hold', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', 'é'), maxLength: 8 });
    const record = fc.array(field, { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(',', ';', '\t'),
        (records, delimiter) => {
          const text = records
            .map((fields) => fields.map((each) => `"${each.replace(/"/g, '""')}"`).join(delimiter))
            .join('\r\n');
          expect(readCsvRecords(text, delimiter, 100).map(({ fields }) => fields)).toEqual(records);
        },
      ),
    );
  });

  it.each(['"', '"",', ',"a', '"a\n', '""""\n', 'x"\n', '"""\n'])(
    'never hangs on a large text of %j',
    (piece) => {
      expect(readCsvRecords(piece.repeat(200_000), ',', 1_000_000).length).toBeLessThanOrEqual(1_000_000);
    },
    60_000,
  );

  it('tells the delimiter by the header, outside quotes', () => {
    expect(['a;b,c', 'a\tb;c', '"a;b",c', 'a'].map(delimiterOf)).toEqual([';', '\t', ',', ',']);
  });
});
