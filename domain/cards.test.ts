import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CardClue, type CardMatch, cardModels, compareVram, matchCard, routesOf } from './cards.ts';
import { GIB, MIB } from './quantity.ts';

function summaryOf(match: CardMatch): string {
  if (match.kind === 'matched') return match.model.name;
  return match.kind === 'ambiguous' ? `? ${match.models.map(({ name }) => name).join(' | ')}` : 'unknown';
}

const clueOfModel = fc.constantFrom(...cardModels);

describe('the catalogue', () => {
  it('has every card of the collected table and more, each with its own id', () => {
    expect(cardModels.length).toBeGreaterThan(300);
    expect(new Set(cardModels.map(({ modelId }) => modelId)).size).toBe(cardModels.length);
  });

  it('gives every model a target, a source, and figures that a card can have', () => {
    for (const model of cardModels) {
      if (model.vendor !== 'intel') expect(model.cudaComputeCapability ?? model.amdGfxTarget, model.name).toBeDefined();
      expect(model.sources, model.name).not.toBe('');
      expect(model.pciIds.every((id) => /^(10de|1002|8086):[0-9a-f]{4}$/.test(id))).toBe(true);
      if (model.vramBytes !== undefined) expect(model.vramBytes % GIB).toBe(0);
      if (model.pcieLink !== undefined) expect([1, 4, 8, 16]).toContain(model.pcieLink.laneCount);
    }
  });

  it('keeps facts of known cards', () => {
    const rtx3060 = cardModels.find(({ name }) => name === 'RTX 3060 12GB');
    expect(rtx3060).toMatchObject({
      chip: 'GA106',
      cudaComputeCapability: 8.6,
      memoryBandwidthBytesPerSecond: 360e9,
      boardPowerWatts: 170,
      pcieLink: { generation: 4, laneCount: 16 },
      matrixUnits: 'tensor-cores',
      isMiningOnly: false,
    });
    expect(cardModels.find(({ name }) => name === 'GTX 1660')).toMatchObject({ matrixUnits: 'none' });
    expect(cardModels.find(({ name }) => name === 'CMP 40HX')).toMatchObject({ isMiningOnly: true });
  });
});

describe('matchCard', () => {
  const table: readonly (readonly [CardClue, string])[] = [
    [{ name: 'NVIDIA GeForce RTX 3060', vramBytes: 12_288 * MIB }, 'RTX 3060 12GB'],
    [{ name: 'GeForce GTX 1660 SUPER', vramBytes: 5944 * MIB }, 'GTX 1660 SUPER'],
    [{ name: 'GeForce RTX 2060', vramBytes: 5934 * MIB }, 'RTX 2060'],
    [{ name: 'GeForce RTX 2060' }, '? RTX 2060 | RTX 2060 12GB'],
    [{ name: 'GeForce RTX 3090', vramBytes: 24_267 * MIB }, 'RTX 3090'],
    [{ name: 'Radeon RX 470', vramBytes: 8192 * MIB }, 'RX 470 8GB'],
    [{ name: 'Radeon RX 470' }, '? RX 470 4GB | RX 470 8GB'],
    [{ name: 'AMD Radeon RX 580 Series', vramBytes: 4096 * MIB }, 'RX 580 4GB'],
    [{ name: 'Radeon RX 580 8GB' }, 'RX 580 8GB'],
    [{ name: 'AMD Radeon RX 6600 [Navi 23]', vramBytes: 8176 * MIB }, 'RX 6600'],
    [{ name: 'GTX1060 6GB' }, 'GTX 1060 6GB'],
    [{ name: 'GeForce GTX 1060', vramBytes: 3019 * MIB }, 'GTX 1060 3GB'],
    [{ name: 'P104-100', vramBytes: 4042 * MIB }, 'P104-100 4GB'],
    [{ name: 'NVIDIA P104-100', vramBytes: 8192 * MIB }, 'P104-100 8GB'],
    [{ name: 'NVIDIA P102-100', vramBytes: 10_156 * MIB }, 'P102-100 10GB'],
    [{ name: 'CMP 40HX' }, 'CMP 40HX'],
    [{ pciId: '10DE:1F0B' }, 'CMP 40HX'],
    [{ name: 'RTX 3060Ti LHR' }, 'RTX 3060 Ti'],
    [{ name: 'GA106 [GeForce RTX 3060 Lite Hash Rate]', vramBytes: 12_288 * MIB }, 'RTX 3060 12GB'],
    [{ name: 'Tesla P100-PCIE-16GB' }, 'Tesla P100 PCIe 16GB'],
    [{ name: 'Tesla P40', vramBytes: 22_919 * MIB }, 'Tesla P40'],
    [{ name: 'Radeon VII' }, 'Radeon VII'],
    [{ name: 'AMD Radeon RX Vega' }, '? RX Vega 56 | RX Vega 64'],
    [{ name: 'Vega 10 XL/XT [Radeon RX Vega 56/64]' }, '? RX Vega 56 | RX Vega 64'],
    [{ name: 'RX 6700 XT' }, 'RX 6700 XT'],
    [{ pciId: '1002:67df', name: 'AMD Radeon RX 580', vramBytes: 8 * GIB }, 'RX 580 8GB'],
    [{ name: 'GeForce RTX 3060 Laptop GPU', vramBytes: 6 * GIB }, 'RTX 3060 Mobile'],
    [{ name: 'Radeon RX 580 2048SP', vramBytes: 8 * GIB }, 'RX 580 2048SP 8GB'],
    [{ name: 'Radeon RX 580', vendor: 'nvidia' }, 'unknown'],
    [{ name: 'constructor' }, 'unknown'],
    [{}, 'unknown'],
  ];
  it.each(table)('tells %j to be %s', (clue, expected) => {
    expect(summaryOf(matchCard(clue))).toBe(expected);
  });

  it('shows every Polaris card of 8 GB that shares a PCI id, and none of 4 GB', () => {
    expect(summaryOf(matchCard({ pciId: '1002:67df', vramBytes: 8192 * MIB }))).toBe(
      '? RX 470 8GB | RX 480 8GB | RX 570 8GB | RX 580 8GB | RX 590',
    );
  });

  it('shows both sides where the PCI id contradicts the name', () => {
    const match = matchCard({ pciId: '10de:1c03', name: 'GeForce RTX 3060', vramBytes: 6 * GIB });
    expect(match).toMatchObject({ kind: 'ambiguous', why: expect.stringContaining('flashed VBIOS') });
  });

  it('says how the VRAM compares where it is not that of the model', () => {
    expect(matchCard({ name: 'RTX 3070', vramBytes: 4 * GIB })).toMatchObject({ kind: 'matched', vram: 'smaller' });
    expect(matchCard({ name: 'RTX 2080 Ti', vramBytes: 22 * GIB })).toMatchObject({ kind: 'matched', vram: 'larger' });
    expect(matchCard({ name: 'RTX 3070' })).toMatchObject({ kind: 'matched', vram: 'not-observed' });
  });

  it('tells every model of the catalogue by its own name, PCI id and VRAM, or shows it among others', () => {
    fc.assert(
      fc.property(clueOfModel, fc.double({ min: 0.93, max: 1.01, noNaN: true }), (model, share) => {
        const { name, vramBytes, vendor } = model;
        const [pciId] = model.pciIds;
        const observed = vramBytes === undefined ? {} : { vramBytes: Math.round(vramBytes * share) };
        const match = matchCard({ name, vendor, ...observed, ...(pciId === undefined ? {} : { pciId }) });
        const names =
          match.kind === 'matched'
            ? [match.model.name]
            : match.kind === 'ambiguous'
              ? match.models.map((other) => other.name)
              : [];
        expect(names).toContain(name);
      }),
    );
  });

  it('never throws, and gives no model twice, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.option(fc.double(), { nil: undefined }), (name, vramBytes) => {
        const match = matchCard(vramBytes === undefined ? { name } : { name, vramBytes });
        if (match.kind === 'ambiguous') expect(new Set(match.models).size).toBe(match.models.length);
      }),
    );
  });

  it('compares VRAM the same way at every size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.double({ min: 0.1, max: 3, noNaN: true }), (gib, share) => {
        const expected = share < 0.91 ? 'smaller' : share > 1.02 ? 'larger' : 'agrees';
        fc.pre(Math.abs(share - 0.91) > 1e-6 && Math.abs(share - 1.02) > 1e-6);
        expect(compareVram(gib * GIB * share, gib * GIB)).toBe(expected);
      }),
    );
  });
});

describe('routesOf', () => {
  function routesOfName(name: string): string {
    const model = cardModels.find((other) => other.name === name);
    if (model === undefined) expect.fail(name);
    return routesOf(model)
      .map((route) => `${route.name} ${route.status} ${route.supportedUntil ?? ''}`.trim())
      .join(', ');
  }

  it.each([
    ['RTX 3060 12GB', 'cuda-13 supported, cuda-12 supported, vulkan supported'],
    ['GTX 1660', 'cuda-13 supported, cuda-12 supported, vulkan supported'],
    ['GTX 1070', 'cuda-12 supported 2028, vulkan supported 2028'],
    ['Titan V', 'cuda-12 supported 2028, vulkan supported 2028'],
    ['RX 580 8GB', 'rocm ended, vulkan supported'],
    ['RX Vega 56', 'rocm ended, vulkan supported'],
    ['Radeon VII', 'rocm ended 2024-06, vulkan supported'],
    ['RX 6600', 'rocm unofficial, vulkan supported'],
    ['RX 5700', 'vulkan supported'],
    ['RX 7900 XTX', 'rocm supported, vulkan supported'],
  ])('drives a %s by %s', (name, expected) => {
    expect(routesOfName(name)).toBe(expected);
  });

  it('gives every model Vulkan, and a route that its vendor supports where its driver is maintained', () => {
    for (const model of cardModels) {
      const routes = routesOf(model);
      expect(routes.map(({ name }) => name)).toContain('vulkan');
      expect(routes.some(({ status }) => status === 'supported')).toBe(model.architecture !== 'Kepler');
    }
  });
});
