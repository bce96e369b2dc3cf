import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory, vectorExtensionOfFlags } from '../inventory.ts';
import { KIB } from '../quantity.ts';

function read(text: string): InventoryRead {
  return readInventory([{ name: 'rig07/proc.txt', text }]);
}

function thread(index: number, socket: number, core: number, flags = 'fpu sse4_2 avx aes'): string {
  return [
    `processor\t: ${index}`,
    'vendor_id\t: GenuineIntel',
    'model name\t: Intel(R) Core(TM) i5-2400 CPU @ 3.10GHz',
    `physical id\t: ${socket}`,
    `core id\t\t: ${core}`,
    `flags\t\t: ${flags}`,
    '',
  ].join('\n');
}

const VERSION = 'Linux version 6.1.0-hiveos (root@build) (gcc 12) #1 SMP\n';
const MEMORY = 'MemTotal:        3912345 kB\nMemFree:          100000 kB\n';

describe('Linux’s /proc', () => {
  it('gives processor by its flags, physical cores, memory and kernel', () => {
    const threads = [thread(0, 0, 0), thread(1, 0, 1), thread(2, 0, 0), thread(3, 0, 1)].join('\n');
    const { farm, faults } = read(`${VERSION}${threads}${MEMORY}`);
    expect(faults).toEqual([]);
    expect(farm.rigs).toMatchObject([
      {
        rigId: 'rig07',
        cards: [],
        host: {
          cpu: {
            modelName: 'Intel(R) Core(TM) i5-2400 CPU @ 3.10GHz',
            coreCount: 2,
            hasAes: true,
            vectorExtension: 'avx',
          },
          ram: { bytes: 3_912_345 * KIB, basis: 'reported', source: 'MemTotal in proc.txt' },
          kernel: '6.1.0-hiveos',
        },
      },
    ]);
  });

  it('counts the cores of every socket, and threads where the kernel tells no cores', () => {
    const sockets = [thread(0, 0, 0), thread(1, 1, 0)].join('\n');
    expect(read(sockets).farm.rigs[0]?.host.cpu?.coreCount).toBe(2);
    const bare = 'processor\t: 0\nmodel name\t: ARM\n\nprocessor\t: 1\nmodel name\t: ARM\n';
    expect(read(bare).farm.rigs[0]?.host.cpu).toMatchObject({ coreCount: 2, vectorExtension: 'unknown' });
  });

  it.each([
    ['sse4_2', 'none'],
    ['avx', 'avx'],
    ['avx avx2', 'avx2'],
    ['avx avx2 avx512f', 'avx2'],
    ['avx avx2 avx512f avx512bw avx512vl avx512dq', 'avx-512'],
  ])('tells from the flags "%s" that its vectors are %s', (flags, widest) => {
    expect(vectorExtensionOfFlags(flags.split(' '))).toBe(widest);
  });

  it('reads any text made of its own lines without a throw', () => {
    const line = fc.oneof(fc.constantFrom(...`${VERSION}${thread(0, 0, 0)}${MEMORY}`.split('\n')), fc.string());
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        expect(read(lines.join('\n')).farm.rigs.flatMap(({ cards }) => cards)).toEqual([]);
      }),
    );
  });
});
