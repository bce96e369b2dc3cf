import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardModels } from '../cards.ts';
import type { Contradiction, Host, ObservedCard, Rig } from '../inventory.ts';
import { GIB, MIB } from '../quantity.ts';
import { gradeRig } from './assess.ts';
import type { Finding } from './finding.ts';

function rig(fields: Partial<Rig>): Rig {
  return { rigId: 'r', name: 'rig', source: 'files', host: {}, cards: [], contradictions: [], ...fields };
}

function cardsOf(count: number, fields: Partial<ObservedCard>): readonly ObservedCard[] {
  return Array.from({ length: count }, (_, index) => ({
    cardId: `r/0${index}:00.0`,
    kind: 'gpu' as const,
    busId: `0${index}:00.0`,
    pcieLink: { generation: 3, laneCount: 1 },
    ...fields,
  }));
}

const GTX = { name: 'GTX 1070', vramBytes: 8119 * MIB };

function findingsOf(fields: Partial<Rig>): readonly Finding[] {
  return gradeRig(rig(fields)).findings;
}

function findingOf(fields: Partial<Rig>, code: string): Finding | undefined {
  return findingsOf(fields).find((found) => found.code === code);
}

function ram(gib: number): Host {
  return { ram: { bytes: gib * GIB, basis: 'reported', source: 'free' }, nvidiaDriverVersion: '580.95.05' };
}

describe('what RAM limits', () => {
  it('says how many cards more RAM unlocks, what it costs and from where that is known', () => {
    const small = findingOf({ cards: cardsOf(6, GTX), host: ram(4) }, 'ram-small');
    expect(small?.what).toBe('4 GiB of RAM serves 1 to 5 of 6 cards at once.');
    expect(small?.mend).toContain('Fit 16 GiB');
    expect(small?.unlocks).toBe('1 to 5 more cards serving at the same time.');
    expect(small?.gain).toEqual({ kind: 'serving-cards', leastCardCount: 1, mostCardCount: 5 });
    expect(small?.mendCost).toMatchObject({ lowUsd: 59, highUsd: 120 });
    expect(small?.mendCost.source).toContain('December 2025');
  });

  it('has nothing to say where there is enough, and blocks where not one card can serve', () => {
    expect(findingsOf({ cards: cardsOf(6, GTX), host: ram(16) }).map(({ code }) => code)).toEqual([]);
    expect(findingOf({ cards: cardsOf(6, GTX), host: ram(1) }, 'ram-small')).toMatchObject({ severity: 'blocking' });
  });

  it('finds a model that the RAM cannot hold', () => {
    const cards = cardsOf(1, { name: 'RTX 3090', vramBytes: 24 * GIB });
    expect(findingOf({ cards, host: ram(8) }, 'ram-below-model')?.mend).toContain('or fit 32 GiB');
    expect(findingOf({ cards, host: ram(32) }, 'ram-below-model')).toBeUndefined();
  });
});

describe('what the host limits', () => {
  it.each([
    [8, 2, '4 more cards at full speed.'],
    [4, 2, undefined],
    [12, 4, '4 more cards at full speed.'],
    [3, 1, 'One more card at full speed.'],
  ])('weighs %d cards on %d cores', (cardCount, coreCount, unlocks) => {
    const cpu = { modelName: 'G3930', coreCount, vectorExtension: 'avx2' } as const;
    expect(findingOf({ cards: cardsOf(cardCount, GTX), host: { cpu } }, 'cpu-few-cores')?.unlocks).toBe(unlocks);
  });

  it('takes a USB stick beside an SSD for no system disk', () => {
    const stick = { modelName: 'Cruzer', attachment: 'usb' } as const;
    const ssd = { modelName: 'Galaird', bytes: 120e9, attachment: 'sata' } as const;
    expect(findingOf({ host: { disks: [stick] } }, 'disk-usb')).toMatchObject({ severity: 'warning' });
    expect(findingOf({ host: { disks: [stick, ssd] } }, 'disk-usb')).toMatchObject({ severity: 'info' });
  });

  it('asks of a disk the room for the largest model that a card of the rig serves, twice', () => {
    const at = (gigabytes: number) => {
      const disks = [{ modelName: 'SSD', bytes: gigabytes * 1e9, attachment: 'sata' as const }];
      return findingOf({ cards: cardsOf(2, GTX), host: { disks } }, 'disk-small')?.severity;
    };
    expect([at(16), at(24), at(60)]).toEqual(['warning', 'info', undefined]);
  });
});

function listChange(taken: string, other: string): readonly Contradiction[] {
  return [{ subject: 'cards', taken: { text: taken, source: 'june' }, others: [{ text: other, source: 'may' }] }];
}

describe('cards that sources differ on', () => {
  it('are missing where the newest list is the shorter, and only changed where it is not', () => {
    const missing = findingsOf({
      contradictions: listChange('01:00.0 RTX 3070', '01:00.0 RTX 3070, 02:00.0 RX 580, 03:00.0 RX 580'),
    });
    expect(missing.find(({ code }) => code === 'card-missing')?.what).toBe(
      '2 cards are missing: 02:00.0 RX 580, 03:00.0 RX 580.',
    );
    expect(missing.some(({ code }) => code === 'cards-contradiction')).toBe(false);
    const changed = findingsOf({ contradictions: listChange('02:00.0 RTX 3070', '01:00.0 RTX 3070') });
    expect(changed.map(({ code }) => code)).toEqual(['no-cards', 'cards-contradiction']);
  });

  it('are missing where a tool counts more than it lists', () => {
    const counted: Contradiction = {
      subject: 'cards',
      aspect: 'count',
      taken: { text: '1 listed', source: 'smi.xml' },
      others: [{ text: '4 attached', source: 'smi.xml' }],
    };
    const codes = findingsOf({ cards: cardsOf(1, GTX), host: ram(16), contradictions: [counted] });
    expect(codes.map(({ code, mendKind }) => `${code} ${mendKind}`)).toEqual(['card-missing reading']);
  });

  it('are missing from the driver where the bus lists them and the driver lists their neighbours', () => {
    const [driven, other] = cardsOf(2, { ...GTX, vendor: 'nvidia', pciId: '10de:1b81' });
    if (driven === undefined || other === undefined) expect.fail('two cards');
    const { vramBytes: _, ...bare } = other;
    const cards = [{ ...driven, uuid: 'GPU-1' }, bare];
    expect(findingOf({ cards }, 'card-missing')?.what).toContain('01:00.0 GTX 1070');
    expect(findingOf({ cards: [{ ...driven, uuid: 'GPU-1' }, other] }, 'card-missing')).toBeUndefined();
  });

  it('are told in one finding, each difference with what was taken', () => {
    const contradictions = [1, 2, 3, 4, 5, 6].map((bus) => ({
      subject: 'card' as const,
      cardId: `r/0${bus}:00.0`,
      aspect: 'VRAM',
      taken: { text: '8192 MB', source: 'nvidia-smi' },
      others: [{ text: '4096 MB', source: 'lolminer' }],
    }));
    const found = findingOf({ contradictions }, 'card-contradiction');
    expect(found?.what).toBe('Sources differ on 6 cards.');
    expect(found?.why).toContain('01:00.0, VRAM: 8192 MB was taken (nvidia-smi), not 4096 MB (lolminer).');
    expect(found?.why).toContain('And 2 more.');
  });
});

describe('drivers and vendors', () => {
  it('names the driver that drives all cards, and how many cards wait for it', () => {
    const cards = [...cardsOf(2, GTX), ...cardsOf(1, { name: 'RTX 3070', vramBytes: 8 * GIB })];
    const found = findingOf({ cards, host: { nvidiaDriverVersion: '470.63.01' } }, 'driver-old');
    expect(found?.mend).toContain('driver 580, the last branch that drives all cards');
    expect(found?.unlocks).toContain('for 3 cards');
    const dropped = findingOf({ cards, host: { nvidiaDriverVersion: '595.71' } }, 'driver-dropped');
    expect(dropped?.severity).toBe('warning');
    const all = findingOf({ cards: cardsOf(2, GTX), host: { nvidiaDriverVersion: '595.71' } }, 'driver-dropped');
    expect(all?.severity).toBe('blocking');
    expect(dropped?.gain).toEqual({ kind: 'serving-cards', leastCardCount: 2, mostCardCount: 2 });
  });

  it('says what drives the cards until a newer driver is there', () => {
    const at = (name: string, nvidiaDriverVersion: string) =>
      findingOf({ cards: cardsOf(1, { name, vramBytes: 24 * GIB }), host: { nvidiaDriverVersion } }, 'driver-old');
    expect(at('RTX 3090', '535.54')).toMatchObject({ severity: 'info' });
    expect(at('RTX 3090', '535.54')?.why).toContain('until then CUDA 12 is the way');
    expect(at('RTX 3090', '470.63')).toMatchObject({ severity: 'warning' });
    expect(at('RTX 3090', '470.63')?.why).toContain('until then Vulkan is the way');
    expect(at('RTX 3090', '418.43')?.why).toContain('until then no route of ours runs on it');
    expect(at('RTX 3090', '580.95')).toBeUndefined();
  });

  it('tells mixed vendors by what the cards are where no source says it', () => {
    const cards = [...cardsOf(1, GTX), ...cardsOf(1, { name: 'RX 580', vramBytes: 8 * GIB })];
    expect(findingOf({ cards }, 'vendors-mixed')?.what).toBe('Cards of AMD and NVIDIA share the rig.');
  });
});

describe('the laws of a rig’s findings', () => {
  const anyVram = fc.integer({ min: 1, max: 48 * 8 }).map((eighths) => (eighths * GIB) / 8);
  const anyHost = fc.record({
    nvidiaDriverVersion: fc.constantFrom('418.1', '470.63', '535.1', '580.95', '595.71'),
    ram: fc.integer({ min: 1, max: 256 }).map((eighths) => ({
      bytes: (eighths * GIB) / 8,
      basis: 'reported' as const,
      source: 'free',
    })),
  });
  const anyNames = fc.array(fc.constantFrom(...cardModels.flatMap(({ name, family }) => [name, family])), {
    minLength: 1,
    maxLength: 5,
  });

  it('never add a blocking one for more VRAM on every card', () => {
    fc.assert(
      fc.property(anyNames, anyHost, anyVram, anyVram, (names, host, one, other) => {
        const [before, after] = [Math.min(one, other), Math.max(one, other)].map((vramBytes) => {
          const cards = names.map(
            (name, index): ObservedCard => ({ cardId: `r/${index}`, kind: 'gpu', name, vramBytes }),
          );
          return blockingCodes({ cards, host });
        });
        expect(before).toEqual(expect.arrayContaining([...(after ?? [])]));
      }),
      { numRuns: 1000 },
    );
  });

  function blockingCodes(fields: Partial<Rig>): readonly string[] {
    return findingsOf(fields).flatMap(({ code, severity }) => (severity === 'blocking' ? [code] : []));
  }
});
