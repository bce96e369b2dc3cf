import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ProbeReport } from '@rerig/agent/probe';
import { GIB } from '@rerig/domain/quantity';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeDocument } from './probe/probe-document.ts';
import { renderProbe } from './probe/render-probe.ts';

const report: ProbeReport = {
  rig: {
    rigId: 'rig-0123456789ab',
    name: 'rig7',
    source: 'agent',
    host: {
      cpu: { modelName: 'Intel(R) Celeron(R) CPU G3930 @ 2.90GHz', coreCount: 2, vectorExtension: 'none' },
      board: { manufacturer: 'ASRock', product: 'H110 Pro BTC+' },
      kernel: '6.1.0-hive',
      nvidiaDriverVersion: '580.95.05',
    },
    cards: [
      {
        cardId: 'rig-0123456789ab/01:00.0',
        kind: 'gpu',
        busId: '01:00.0',
        vendor: 'nvidia',
        pciId: '10de:1c07',
        name: 'NVIDIA P106-100',
        boardMaker: 'MSI',
        vramBytes: 5.94 * GIB,
        pcieLink: { generation: 1, laneCount: 1 },
        reading: { temperatureCelsius: 64, powerWatts: 91.35, fanPercent: 72 },
      },
      { cardId: 'rig-0123456789ab/02:00.0', kind: 'gpu', busId: '02:00.0', pciId: 'ffff:ffff' },
    ],
    contradictions: [],
  },
  processor: { threadCount: 2, hasSse42: true },
  memory: { totalBytes: 4 * GIB, availableBytes: 3 * GIB, limitBytes: 3.5 * GIB },
  disks: [{ name: 'sda', modelName: 'Ultra Fit', bytes: 16e9, attachment: 'usb', isRemovable: true }],
  displays: [{ busId: '00:02.0', pciId: '8086:5902', name: 'Intel graphics', why: 'It is part of the processor.' }],
  slots: [{ cardId: 'rig-0123456789ab/01:00.0', driver: 'nvidia', linkMost: { generation: 3, laneCount: 16 } }],
  faults: [
    {
      kind: 'fault',
      code: 'card-without-driver',
      what: 'The card at 02:00.0 (ffff:ffff) can’t be used.',
      why: 'No driver of the kernel has it.',
      mend: 'Install its driver.',
      retry: 'after-mend',
    },
  ],
  probedAt: '2026-11-24T00:00:00.000Z',
};

test('a probe is written in 80 columns, with cards by their names in the catalogue', () => {
  expect(renderProbe(report, 80)).toMatchInlineSnapshot(`
    "rig         rig7 (rig-0123456789ab)
    board       ASRock H110 Pro BTC+
    kernel      6.1.0-hive
    drivers     NVIDIA 580.95.05
    processor   Intel(R) Celeron(R) CPU G3930 @ 2.90GHz, 2 cores, 2 threads, no
                  AVX
    memory      4 GiB, of which we may use 3.5 GiB, 3 GiB available
    disks       sda Ultra Fit, 14.9 GiB, USB, removable
    cards       01:00.0 MSI P106-100, 5.9 GiB, PCIe 1 x1 (the card: 3 x16),
                  nvidia, 64 °C, 91 W, fan 72 %
                02:00.0 unknown card ffff:ffff
    displays    00:02.0 Intel graphics, no card. It is part of the processor.
    faults      The card at 02:00.0 (ffff:ffff) can’t be used. No driver of the
                  kernel has it. Install its driver.
    "
  `);
});

test('no line is wider than asked for, whatever the names are', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.integer({ min: 40, max: 120 }), (name, columnCount) => {
      const text = renderProbe({ ...report, rig: { ...report.rig, name } }, columnCount);
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columnCount);
    }),
  );
});

test('the document has units in its keys, and each card with its slot and model', () => {
  const document = JSON.parse(JSON.stringify(probeDocument(report)));
  expect(Object.keys(document)).toEqual(
    expect.arrayContaining(['probedAt', 'rigId', 'name', 'cpu', 'memory', 'disks', 'cards', 'displays', 'faults']),
  );
  expect(document.cards[0]).toMatchObject({
    busId: '01:00.0',
    modelNames: ['P106-100'],
    pcieLink: { generation: 1, laneCount: 1 },
    slot: { driver: 'nvidia', linkMost: { generation: 3, laneCount: 16 } },
  });
  expect(document.memory).toEqual({ totalBytes: 4 * GIB, availableBytes: 3 * GIB, limitBytes: 3.5 * GIB });
});

describe('the command', () => {
  const run = (values: readonly string[]) =>
    promisify(execFile)(process.execPath, [fileURLToPath(new URL('./rerig.ts', import.meta.url)), ...values]);

  test('rerig probe writes what this machine has to stdout', async () => {
    const { stdout, stderr } = await run(['probe']);
    expect(stdout).toMatch(/^rig {9}\S/);
    expect(stdout).toMatch(/^cards {7}/m);
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(stderr).toBe('');
  });

  test('rerig probe --json writes one document', async () => {
    const { stdout } = await run(['probe', '--json', '--data', '/nowhere']);
    expect(JSON.parse(stdout).faults).toMatchObject([{ code: 'data-folder-unreadable' }]);
  });
});
