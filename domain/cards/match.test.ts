import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CardClue, type CardMatch, type CardModel, cardModels, matchCard } from '../cards.ts';
import { GIB, MIB } from '../quantity.ts';

function candidatesOf(match: CardMatch): readonly CardModel[] {
  if (match.kind === 'matched') return [match.model];
  return match.kind === 'ambiguous' ? match.models : [];
}

function summaryOf(match: CardMatch): string {
  const names = candidatesOf(match).map(({ name }) => name);
  if (match.kind === 'unknown') return 'unknown';
  return match.kind === 'matched' ? names.join('') : `? ${names.join(' | ')}`;
}

describe('a PCI id that several models share', () => {
  it.each([
    ['1002:67df', 'c7', 8, 'RX 480 8GB'],
    ['1002:67df', 'cf', 4, 'RX 470 4GB'],
    ['1002:67df', 'e7', 8, 'RX 580 8GB'],
    ['1002:67df', '0xEF', 4, 'RX 570 4GB'],
    ['1002:67df', 'e1', 8, 'RX 590'],
    ['1002:6fdf', 'ef', 8, 'RX 580 2048SP 8GB'],
    ['1002:67ef', 'cf', 2, 'RX 460 2GB'],
    ['1002:67ff', 'cf', 4, 'RX 560 4GB'],
    ['1002:687f', 'c1', 8, 'RX Vega 64'],
    ['1002:687f', 'c3', 8, 'RX Vega 56'],
    ['1002:66a1', '06', 16, 'Pro VII'],
    ['1002:731f', 'c1', 8, 'RX 5700 XT'],
    ['1002:731f', 'c4', 8, 'RX 5700'],
    ['1002:731f', 'ca', 6, 'RX 5600 XT'],
    ['1002:73bf', 'c0', 16, 'RX 6900 XT'],
    ['1002:73bf', 'c3', 16, 'RX 6800'],
    ['1002:73df', 'c1', 12, 'RX 6700 XT'],
    ['1002:73df', 'ff', 10, 'RX 6700'],
    ['1002:73ff', 'c7', 8, 'RX 6600'],
    ['1002:73ef', 'c1', 8, 'RX 6650 XT'],
    ['1002:744c', 'c8', 24, 'RX 7900 XTX'],
    ['1002:7480', 'cf', 8, 'RX 7600'],
    ['1002:7550', 'c3', 16, 'RX 9070'],
    ['1002:67b1', '80', 8, 'R9 390'],
    ['1002:731f', 'c2', 6, 'unknown'],
    ['1002:73bf', 'c9', 16, '? RX 6800 | RX 6800 XT | RX 6900 XT'],
  ])('%s at revision %s with %d GB is %s', (pciId, pciRevision, gib, expected) => {
    expect(summaryOf(matchCard({ pciId, pciRevision, vramBytes: gib * GIB }))).toBe(expected);
  });

  it('is told by the board where the revision is not known, and names by what it was told', () => {
    const match = matchCard({ pciId: '1002:67df', subsystemId: '1da2:e353', vramBytes: 4096 * MIB });
    expect(match).toMatchObject({ kind: 'matched', model: { name: 'RX 570 4GB' }, by: ['pci-id', 'board', 'vram'] });
    expect(summaryOf(matchCard({ pciId: '10de:25b6', subsystemId: '10de:14a9' }))).toBe('A16');
    expect(summaryOf(matchCard({ pciId: '10de:25b6' }))).toBe('? A2 | A16');
  });

  it('believes a revision before a board, as board makers reuse their ids', () => {
    const match = matchCard({ pciId: '1002:67df', pciRevision: 'e7', subsystemId: '1da2:e353', vramBytes: 8 * GIB });
    expect(summaryOf(match)).toBe('RX 580 8GB');
  });
});

describe('a name that nvidia-smi’s table cut', () => {
  it.each([
    ['NVIDIA GeForce RTX 2080 ...', 11264, 'RTX 2080 Ti'],
    [
      'NVIDIA GeForce RTX 2080 ...',
      8192,
      '? RTX 2080 | RTX 2080 SUPER | RTX 2080 Mobile | RTX 2080 Max-Q | RTX 2080 SUPER Mobile',
    ],
    ['GeForce GTX 108...', 11178, 'GTX 1080 Ti'],
    ['GeForce GTX 1660 SUP...', 5944, 'GTX 1660 SUPER'],
    ['NVIDIA GeForce ...', 7982, 'unknown'],
  ])('%s with %i MiB may be any model that begins so: %s', (name, mebibytes, expected) => {
    expect(summaryOf(matchCard({ name, vramBytes: mebibytes * MIB, vendor: 'nvidia' }))).toBe(expected);
  });
});

describe('a name as tools print it', () => {
  it.each([
    ['GP106 [P106-100]', 'P106-100'],
    ['NVIDIA Corporation GP102 [P102-100] [10de:1b07] (rev a1)', '? P102-100 5GB | P102-100 10GB'],
    ['3D controller [0302]: NVIDIA Corporation TU106 [CMP 40HX] [10de:1f0b]', 'CMP 40HX'],
    ['NVIDIA H100 80GB HBM3', 'H100 SXM5 80GB'],
    ['NVIDIA A100-SXM4-80GB', 'A100 SXM4 80GB'],
    ['NVIDIA A100 80GB PCIe', 'A100 PCIe 80GB'],
    ['NVIDIA RTX 6000 Ada Generation', 'RTX 6000 Ada'],
    ['NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition', 'RTX PRO 6000 Blackwell Max-Q'],
    ['NVIDIA GeForce RTX 3080 Laptop GPU', '? RTX 3080 Mobile 8GB | RTX 3080 Mobile 16GB'],
    ['GeForce GTX 1070 with Max-Q Design', 'GTX 1070 Max-Q'],
    ['AMD Radeon RX 6700 XT (RADV NAVI22)', 'RX 6700 XT'],
    ['AMD Radeon Graphics (RADV POLARIS12)', '? RX 550 2GB | RX 550 4GB | Pro WX 2100 | Pro WX 3100 | Pro WX 3200'],
    ['gfx906:sramecc+:xnack-', '? Radeon VII | Instinct MI50 16GB | Instinct MI50 32GB | Pro VII | Instinct MI60'],
    ['gfx1010', '? RX 5600 XT | RX 5700 | RX 5700 XT | Pro W5700'],
    ['AMD Radeon (TM) RX 480 Graphics', '? RX 480 8GB | RX 480 4GB'],
    ['AMD Radeon R9 Fury Series', '? R9 Fury | R9 Fury X | R9 Nano'],
    ['AMD Instinct MI60 / MI50', '? Instinct MI60 | Instinct MI50 16GB | Instinct MI50 32GB'],
    ['R9 290/390 (Hawaii)', '? R9 290 | R9 390'],
    ['Intel(R) Arc(TM) A770 Graphics', '? Arc A770 8GB | Arc A770 16GB'],
    ['Tesla P100', '? Tesla P100 PCIe 16GB | Tesla P100 PCIe 12GB | Tesla P100 SXM2'],
    ['RTX 4060 Ti (8 or 16GB unstated)', '? RTX 4060 Ti 8GB | RTX 4060 Ti 16GB'],
    ['RTX 3080', '? RTX 3080 10GB | RTX 3080 12GB'],
    ['GTX 1650', '? GTX 1650 | GTX 1650 GDDR6'],
    ['4070 Ti Super', 'RTX 4070 Ti SUPER'],
    ['3060ti', 'RTX 3060 Ti'],
    ['1660S', 'GTX 1660 SUPER'],
    ['A4000', 'RTX A4000'],
    ['RX570 8G', 'RX 570 8GB'],
    ['GTX 1070/Ti', '? GTX 1070 | GTX 1070 Ti'],
    ['P106-100/090', '? P106-100 | P106-090 3GB | P106-090 6GB'],
    ['2x P104-100 8GB', 'P104-100 8GB'],
    ['Sapphire Nitro+ RX 580 8GB', 'RX 580 8GB'],
    ['MSI GeForce RTX 3060 Ti Gaming X Trio LHR', 'RTX 3060 Ti'],
    ['GeForce RTX 5090 D', 'unknown'],
    ['CMP 170HX 64GB (unlocked)', 'CMP 170HX 64GB'],
    ['AMD Radeon Vega 8 Graphics', 'unknown'],
    ['Radeon Vega Series / Radeon Vega Mobile Series', 'unknown'],
    ['MIX 8/6/6/6 GB', 'unknown'],
    ['NVIDIA Graphics Device', 'unknown'],
  ])('%s is %s', (name, expected) => {
    expect(summaryOf(matchCard({ name }))).toBe(expected);
  });

  it('of pci.ids adds nothing to the PCI id that it was looked up by: an old table lacks newer cards', () => {
    const clue = { name: 'Navi 22 [Radeon RX 6700/6700 XT / 6800M]', pciId: '1002:73df', vramBytes: 12_272 * MIB };
    expect(summaryOf(matchCard(clue))).toBe('? RX 6700 XT | RX 6750 XT | RX 6750 GRE 12GB');
    expect(summaryOf(matchCard({ ...clue, pciRevision: 'c1' }))).toBe('RX 6700 XT');
    expect(matchCard({ ...clue, pciId: '1002:67df' })).toMatchObject({ why: expect.stringContaining('flashed VBIOS') });
  });

  it('tells what it claims of a mining card’s firmware', () => {
    expect(matchCard({ name: 'CMP 40HX (unlocked)' })).toMatchObject({ kind: 'matched', firmware: 'unlocked' });
    expect(matchCard({ name: 'CMP 90HX (stock, patched llama.cpp)' })).toMatchObject({ firmware: 'stock' });
    expect(matchCard({ name: 'CMP 90HX' })).not.toHaveProperty('firmware');
  });

  it('of a laptop’s chip may be that of the desktop card, which the PCI id puts right', () => {
    expect(summaryOf(matchCard({ name: 'GeForce GTX 1660 Ti', pciId: '10de:2191' }))).toBe('GTX 1660 Ti Mobile');
    expect(summaryOf(matchCard({ name: 'NVIDIA GeForce RTX 2070', pciId: '10de:1f10' }))).toBe('RTX 2070 Mobile');
    const both = matchCard({ name: 'TU106M [GeForce RTX 2070 Mobile / Max-Q Refresh]', pciId: '10de:1f14' });
    expect(summaryOf(both)).toBe('? RTX 2070 Mobile | RTX 2070 Max-Q');
    expect(summaryOf(matchCard({ name: 'RTX 3060 Ti', pciId: '10de:24c9' }))).toBe('RTX 3060 Ti GDDR6X');
  });
});

/** Everything true of one model: subsets of it are clues of one card. */
const truths = fc.constantFrom(...cardModels).map((model) => {
  const [pciId] = model.pciIds;
  const vramBytes = model.vramBytes === undefined ? undefined : model.vramBytes * 0.98;
  return { model, facts: { name: model.name, pciId, vramBytes, vendor: model.vendor } };
});
const kept = fc.record({ name: fc.boolean(), pciId: fc.boolean(), vramBytes: fc.boolean(), vendor: fc.boolean() });
type Kept = Readonly<Record<'name' | 'pciId' | 'vramBytes' | 'vendor', boolean>>;

interface Facts {
  readonly name: string | undefined;
  readonly pciId: string | undefined;
  readonly vramBytes: number | undefined;
  readonly vendor: CardModel['vendor'];
}

function clueOf({ name, pciId, vramBytes, vendor }: Facts, keeps: Kept): CardClue {
  return {
    ...(keeps.name && name !== undefined ? { name } : {}),
    ...(keeps.pciId && pciId !== undefined ? { pciId } : {}),
    ...(keeps.vramBytes && vramBytes !== undefined ? { vramBytes } : {}),
    ...(keeps.vendor ? { vendor } : {}),
  };
}

describe('matchCard', () => {
  it('never widens the candidates for one more fact of the same card, and never loses it', () => {
    fc.assert(
      fc.property(truths, kept, kept, ({ model, facts }, some, others) => {
        const more = clueOf(facts, {
          name: some.name || others.name,
          pciId: some.pciId || others.pciId,
          vramBytes: some.vramBytes || others.vramBytes,
          vendor: some.vendor || others.vendor,
        });
        const few = candidatesOf(matchCard(clueOf(facts, some)));
        const fewer = candidatesOf(matchCard(more));
        if (few.length === 0) return;
        expect(few).toContain(model);
        expect(fewer).toContain(model);
        expect(few).toEqual(expect.arrayContaining([...fewer]));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not care in which order a name lists models', () => {
    const families = [...new Set(cardModels.filter(({ vendor }) => vendor === 'amd').map(({ family }) => family))];
    const listed = fc.uniqueArray(fc.constantFrom(...families), { minLength: 1, maxLength: 4 });
    const shuffled = listed.chain((names) =>
      fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })),
    );
    fc.assert(
      fc.property(shuffled, ([names, others]) => {
        const [one, other] = [names, others].map((list) => candidatesOf(matchCard({ name: list.join(' + ') })));
        expect(new Set(one)).toEqual(new Set(other));
        expect(new Set(one?.map(({ family }) => family))).toEqual(new Set(names));
      }),
    );
  });

  it('reads any strings, and answers the same clue with the very same object', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[ [\]()/+0-9a-z:]{0,60}$/));
    const clue = fc.record(
      { name: text, pciId: text, subsystemId: text, pciRevision: text, vramBytes: fc.double() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(clue, (any) => {
        const match = matchCard(any);
        expect(new Set(candidatesOf(match)).size).toBe(candidatesOf(match).length);
        expect(matchCard({ ...any })).toBe(match);
      }),
    );
  });

  it('takes an observed card as it is, whatever else is known of it', () => {
    const card = {
      cardId: 'a/01:00.0',
      kind: 'gpu',
      name: 'RX 580',
      pciId: '1002:67df',
      pciRevision: 'e7',
      bar1Bytes: 1,
    };
    expect(summaryOf(matchCard(card))).toBe('? RX 580 8GB | RX 580 4GB');
  });
});
