import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rigSchema } from '@rerig/api/agent';
import { matchCard } from '@rerig/domain/cards';
import { gradeRig } from '@rerig/domain/grading';
import { GIB } from '@rerig/domain/quantity';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MachineFolder } from './probe/machine-folder.ts';
import { type ProbeReport, probeMachine, type RunTool, runTool } from './probe.ts';

/** As nvidia-smi prints, written by hand: a mining card on a x1 riser, and a card that does not tell all. */
const SMI_LINES = `GPU-11111111-2222-3333-4444-555555555555, NVIDIA P106-100, 00000000:01:00.0, 6080, 580.95.05, 64, 91.35, 72, 1, 1, 86.06.58.00.1B, 60.00, 120.00, 140.00
GPU-66666666-7777-8888-9999-000000000000, NVIDIA GeForce GTX 1070, 00000000:02:00.0, 8192, 580.95.05, [N/A], [N/A], [N/A], 1, 1, 86.04.50.00.2A, [N/A], [N/A], [N/A]
`;

const smi: RunTool = async () => ({ kind: 'ended', exitCode: 0, stdout: SMI_LINES, stderr: '' });

describe('a probe', () => {
  let machine: MachineFolder;

  beforeEach(() => {
    machine = new MachineFolder();
  });
  afterEach(() => machine.remove());

  function linkFiles(now: readonly [string, number], most: readonly [string, number]) {
    return {
      current_link_speed: `${now[0]} GT/s PCIe`,
      current_link_width: String(now[1]),
      max_link_speed: `${most[0]} GT/s PCIe`,
      max_link_width: String(most[1]),
    };
  }

  const x1 = linkFiles(['2.5', 1], ['8.0', 16]);

  function addNvidiaCards(): void {
    const card = { vendor: '0x10de', driver: 'nvidia', ...x1 };
    machine.addPci(
      '0000:01:00.0',
      {
        ...card,
        device: '0x1c07',
        class: '0x030200',
        subsystem_vendor: '0x1462',
        subsystem_device: '0x1c07',
        revision: '0xa1',
      },
      '0000:00:1c.0',
    );
    machine.addPci('0000:02:00.0', { ...card, device: '0x1b81', class: '0x030000' }, '0000:00:1c.1');
    machine.addPci('0000:02:00.1', { vendor: '0x10de', device: '0x10f0', class: '0x040300' }, '0000:00:1c.1');
  }

  /** An AMD card behind a bridge of its own, which alone knows of the riser. */
  function addNaviCard(): void {
    const bridge = { vendor: '0x1002', class: '0x060400' };
    machine.addPci(
      '0000:03:00.0',
      { ...bridge, device: '0x1478', ...linkFiles(['5.0', 1], ['16.0', 16]) },
      '0000:00:1c.2',
    );
    machine.addPci(
      '0000:04:00.0',
      { ...bridge, device: '0x1479', ...linkFiles(['16.0', 16], ['16.0', 16]) },
      '0000:00:1c.2/0000:03:00.0',
    );
    machine.addPci(
      '0000:05:00.0',
      {
        vendor: '0x1002',
        device: '0x731f',
        class: '0x030000',
        driver: 'amdgpu',
        subsystem_vendor: '0x1da2',
        subsystem_device: '0xe411',
        mem_info_vram_total: String(8 * GIB),
        mem_info_vram_vendor: 'micron',
        vbios_version: '113-D1990103-O09',
        unique_id: 'abcdef0123456789',
        'hwmon/hwmon3/temp1_input': '61000',
        'hwmon/hwmon3/temp3_label': 'mem',
        'hwmon/hwmon3/temp3_input': '88000',
        'hwmon/hwmon3/power1_average': '95000000',
        'hwmon/hwmon3/power1_cap_max': '186000000',
        'hwmon/hwmon3/pwm1': '128',
        ...linkFiles(['16.0', 16], ['16.0', 16]),
      },
      '0000:00:1c.2/0000:03:00.0/0000:04:00.0',
    );
  }

  function addIntelGraphics(): void {
    machine.addPci('0000:00:02.0', { vendor: '0x8086', device: '0x5902', class: '0x030000', driver: 'i915' });
  }

  const codesOf = ({ faults }: ProbeReport) => faults.map(({ code }) => code);

  test('a machine with Intel graphics alone offers its processor, and lists them as a display', async () => {
    addIntelGraphics();
    const report = await machine.probe();
    expect(report.rig.cards).toEqual([
      {
        cardId: `${report.rig.rigId}/cpu`,
        kind: 'cpu',
        name: 'Intel(R) Celeron(R) CPU G3930 @ 2.90GHz',
        vramBytes: 3_913_000 * 1024 - GIB,
      },
    ]);
    expect(report.displays).toMatchObject([{ busId: '00:02.0', pciId: '8086:5902', name: 'Intel graphics' }]);
    expect(report.rig.host).toMatchObject({
      cpu: { coreCount: 2, hasAes: true, vectorExtension: 'none' },
      integratedGraphicsName: 'Intel graphics',
      kernel: '6.1.0-hive',
    });
    expect(report.processor).toEqual({ threadCount: 2, hasSse42: true });
    expect(report.rig).toMatchObject({ name: 'rig7', source: 'agent', observedAt: '2026-11-24T00:00:00.000Z' });
    expect(report.faults).toEqual([]);
  });

  test('an Arc card’s one lane to the bridge on its board is no riser; the bridge’s own link counts', async () => {
    const bridge = { vendor: '0x8086', class: '0x060400' };
    const inside = linkFiles(['2.5', 1], ['2.5', 1]);
    const upstream = linkFiles(['8.0', 8], ['16.0', 16]);
    machine.addPci('0000:06:00.0', { ...bridge, device: '0x4fa1', ...upstream }, '0000:00:1d.0');
    machine.addPci('0000:07:01.0', { ...bridge, device: '0x4fa4', ...inside }, '0000:00:1d.0/0000:06:00.0');
    machine.addPci(
      '0000:08:00.0',
      { vendor: '0x8086', device: '0x56a0', class: '0x030000', driver: 'i915', ...inside },
      '0000:00:1d.0/0000:06:00.0/0000:07:01.0',
    );
    const { rig } = await machine.probe();
    expect(rig.cards).toMatchObject([{ busId: '08:00.0', pcieLink: { generation: 3, laneCount: 8 } }]);
  });

  test('two NVIDIA cards and an AMD card on x1 risers are told with all that is known of them', async () => {
    addIntelGraphics();
    addNvidiaCards();
    addNaviCard();
    const { rig, slots, faults, displays } = await machine.probe(smi);
    expect(faults).toEqual([]);
    expect(displays).toHaveLength(1);
    expect(rig.host.nvidiaDriverVersion).toBe('580.95.05');
    expect(rig.cards).toEqual([
      {
        cardId: `${rig.rigId}/01:00.0`,
        kind: 'gpu',
        busId: '01:00.0',
        vendor: 'nvidia',
        pciId: '10de:1c07',
        boardMaker: 'MSI',
        name: 'NVIDIA P106-100',
        uuid: 'GPU-11111111-2222-3333-4444-555555555555',
        vramBytes: 6080 * 1024 * 1024,
        vbios: '86.06.58.00.1B',
        powerLimitWatts: { least: 60, shipped: 120, most: 140 },
        pcieLink: { generation: 1, laneCount: 1 },
        reading: { temperatureCelsius: 64, powerWatts: 91.35, fanPercent: 72 },
      },
      expect.objectContaining({ busId: '02:00.0', name: 'NVIDIA GeForce GTX 1070', vramBytes: 8 * GIB }),
      {
        cardId: `${rig.rigId}/05:00.0`,
        kind: 'gpu',
        busId: '05:00.0',
        vendor: 'amd',
        pciId: '1002:731f',
        boardMaker: 'Sapphire',
        uuid: 'GPU-abcdef0123456789',
        vramBytes: 8 * GIB,
        memoryMaker: 'micron',
        vbios: '113-D1990103-O09',
        powerLimitWatts: { most: 186 },
        pcieLink: { generation: 2, laneCount: 1 },
        reading: { temperatureCelsius: 61, memoryTemperatureCelsius: 88, fanPercent: 50, powerWatts: 95 },
      },
    ]);
    expect(rig.cards[1]).not.toHaveProperty('reading');
    expect(slots).toMatchObject([
      { driver: 'nvidia', subsystemId: '1462:1c07', revision: 'a1', linkMost: { generation: 3, laneCount: 16 } },
      { driver: 'nvidia' },
      { driver: 'amdgpu', linkNow: { generation: 2, laneCount: 1 }, linkMost: { generation: 4, laneCount: 16 } },
    ]);
    expect(rigSchema.parse(JSON.parse(JSON.stringify(rig)))).toEqual(rig);
    expect(rig.cards.map((card) => matchCard(card).kind)).not.toContain('unknown');
    expect(gradeRig(rig).cards).toHaveLength(3);
  });

  test('a real tool that hangs is given up in time, and its cards are still told from the bus', async () => {
    addNvidiaCards();
    machine.write('bin/nvidia-smi', '#!/bin/sh\nexec tail -f /dev/null\n');
    chmodSync(join(machine.root, 'bin/nvidia-smi'), 0o755);
    const report = await machine.probe((program, values) => runTool(join(machine.root, 'bin', program), values, 200));
    expect(codesOf(report)).toEqual(['nvidia-smi-hangs']);
    expect(report.rig.cards.map(({ pciId }) => pciId)).toEqual(['10de:1c07', '10de:1b81']);
  });

  test('without NVIDIA’s tool its kernel module still tells names and UUIDs', async () => {
    addNvidiaCards();
    machine.write('sys/module/nvidia/version', '580.95.05\n');
    machine.write(
      'proc/driver/nvidia/gpus/0000:01:00.0/information',
      'Model: \t\t NVIDIA P106-100\nGPU UUID: \t GPU-1111\nVideo BIOS: \t 86.06.??.??.??\nBus Type: \t PCIe\n',
    );
    const report = await machine.probe();
    expect(codesOf(report)).toEqual(['nvidia-smi-missing']);
    expect(report.rig.cards[0]).toMatchObject({ name: 'NVIDIA P106-100', uuid: 'GPU-1111' });
    expect(report.rig.cards[0]).not.toHaveProperty('vbios');
    expect(report.rig.host.nvidiaDriverVersion).toBe('580.95.05');
  });

  test('a tool that fails tells why, and of the cards that do answer', async () => {
    addNvidiaCards();
    const firstLine = SMI_LINES.split('\n')[0];
    const stdout = `${firstLine}\nUnable to determine the device handle for GPU0000:02:00.0: GPU is lost.\n`;
    const report = await machine.probe(async () => ({ kind: 'ended', exitCode: 15, stdout, stderr: '' }));
    expect(report.faults).toMatchObject([
      { code: 'nvidia-smi-failed', why: expect.stringContaining('15: Unable to determine the device handle') },
    ]);
    expect(report.rig.cards.map(({ uuid }) => uuid !== undefined)).toEqual([true, false]);
  });

  test('a driver that does not know all fields is asked for fewer', async () => {
    addNvidiaCards();
    const stdout = SMI_LINES.replaceAll(/(, [^,\n]*){4}$/gm, '');
    const { rig, faults } = await machine.probe(async (_, values) =>
      values.join(' ').includes('power.min_limit')
        ? { kind: 'ended', exitCode: 2, stdout: 'Field "power.min_limit" is not a valid field to query.\n', stderr: '' }
        : { kind: 'ended', exitCode: 0, stdout, stderr: '' },
    );
    expect(faults).toEqual([]);
    expect(rig.cards[0]).toMatchObject({ name: 'NVIDIA P106-100', reading: { powerWatts: 91.35 } });
    expect(rig.cards[0]).not.toHaveProperty('powerLimitWatts');
  });

  test('a card that its driver has and that the tool does not tell of is named', async () => {
    addNvidiaCards();
    const stdout = SMI_LINES.split('\n')[0] ?? '';
    const report = await machine.probe(async () => ({ kind: 'ended', exitCode: 0, stdout, stderr: '' }));
    expect(report.faults).toMatchObject([{ code: 'card-silent', what: expect.stringContaining('02:00.0') }]);
  });

  test.each([
    ['no driver', undefined, 'No driver'],
    ['a driver that only draws', 'nouveau', 'only draws pictures'],
    ['a driver that keeps it for a virtual machine', 'vfio-pci', 'keeps it for a virtual machine'],
  ])('a card with %s is listed, and told to be unusable', async (_, driver, words) => {
    machine.addPci('0000:01:00.0', {
      vendor: '0x10de',
      device: '0x1c07',
      class: '0x030200',
      ...(driver === undefined ? {} : { driver }),
    });
    const report = await machine.probe();
    expect(report.rig.cards).toHaveLength(1);
    expect(report.faults).toContainEqual(
      expect.objectContaining({ code: 'card-without-driver', why: expect.stringContaining(words) }),
    );
  });

  test('cards that NVIDIA’s tool tells of where a container hides the bus are cards', async () => {
    const { rig } = await machine.probe(smi);
    expect(rig.cards).toMatchObject([
      { kind: 'gpu', busId: '01:00.0', pcieLink: { generation: 1, laneCount: 1 } },
      { kind: 'gpu', busId: '02:00.0' },
    ]);
  });

  test.each([
    ['QEMU’s', { vendor: '0x1234', device: '0x1111' }, 'hypervisor'],
    ['VMware’s', { vendor: '0x15ad', device: '0x0405' }, 'hypervisor'],
    ['virtio’s', { vendor: '0x1af4', device: '0x1050' }, 'hypervisor'],
    ['Cirrus', { vendor: '0x1013', device: '0x00b8' }, 'hypervisor'],
    ['a server board’s', { vendor: '0x1a03', device: '0x2000' }, 'board’s own console'],
    ['an unknown maker’s', { vendor: '0x1039', device: '0x6330' }, 'not by NVIDIA, AMD or Intel'],
    [
      'AMD’s, with little VRAM',
      { vendor: '0x1002', device: '0x15d8', mem_info_vram_total: '536870912' },
      'less than any',
    ],
  ])('%s graphics are a display and no card, with the reason', async (_, files, words) => {
    machine.addPci('0000:06:00.0', { class: '0x030000', ...files });
    const report = await machine.probe();
    expect(report.displays[0]?.why).toContain(words);
    expect(report.rig.cards.map(({ kind }) => kind)).toEqual(['cpu']);
    expect(report.faults).toEqual([]);
  });

  test('AMD graphics that share their slot with a processor are a display, however much memory they borrow', async () => {
    const borrowed = String(4 * GIB);
    machine.addPci('0000:06:00.0', {
      class: '0x030000',
      vendor: '0x1002',
      device: '0x1638',
      mem_info_vram_total: borrowed,
    });
    machine.addPci('0000:06:00.2', { class: '0x108000', vendor: '0x1022', device: '0x15df' });
    expect((await machine.probe()).displays[0]?.why).toContain('shares its slot');
  });

  test('an Intel card that is not at 00:02.0 is a card', async () => {
    machine.addPci('0000:03:00.0', { class: '0x030000', vendor: '0x8086', device: '0x56a0', driver: 'xe' });
    expect((await machine.probe()).rig.cards).toMatchObject([{ kind: 'gpu', vendor: 'intel', pciId: '8086:56a0' }]);
  });

  test('a link that is down is not known, rather than wide', async () => {
    machine.addPci('0000:01:00.0', {
      vendor: '0x10de',
      device: '0x1c07',
      class: '0x030200',
      driver: 'nvidia',
      current_link_speed: 'Unknown',
      current_link_width: '255',
    });
    expect((await machine.probe()).rig.cards[0]).not.toHaveProperty('pcieLink');
  });

  test('whatever a tool prints, a probe gives a rig that the wire contract takes', async () => {
    addNvidiaCards();
    const field = fc.oneof(
      fc.constant('[N/A]'),
      fc.constant('00000000:01:00.0'),
      fc.string(),
      fc.double().map(String),
      fc.nat().map(String),
      fc.constant('x'.repeat(999)),
    );
    const line = fc
      .array(field, { minLength: 14, maxLength: 14 })
      .map((fields) => fields.with(2, '00000000:01:00.0').join(', '));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 0, max: 20 }), async (lines, exitCode) => {
        const stdout = lines.join('\n');
        const { rig } = await machine.probe(async () => ({ kind: 'ended', exitCode, stdout, stderr: '' }));
        expect(rigSchema.safeParse(rig).error).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});

test('this very machine is probed for real, with a processor, memory and at least one card', async () => {
  const { rig, dataFolder } = await probeMachine({ dataFolder: tmpdir() });
  expect(rig.cards.length).toBeGreaterThan(0);
  expect(rig.host.cpu?.vectorExtension).not.toBe('unknown');
  expect(rig.host.ram?.bytes).toBeGreaterThan(GIB / 4);
  expect(dataFolder?.freeBytes).toBeGreaterThan(0);
  expect(rigSchema.parse(rig)).toEqual(rig);
});
