import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GIB } from '@rerig/domain/quantity';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MachineFolder } from './machine-folder.ts';
import { probeMachine } from './probe-machine.ts';
import type { ProbeReport } from './report.ts';

describe('a probe of the host', () => {
  let machine: MachineFolder;

  beforeEach(() => {
    machine = new MachineFolder();
  });
  afterEach(() => machine.remove());

  const codesOf = ({ faults }: ProbeReport) => faults.map(({ code }) => code);

  test.each([
    ['version 2', '0::/user.slice/rerig\n', 'sys/fs/cgroup/user.slice/memory.max', 'sys/fs/cgroup/user.slice/'],
    [
      'version 1',
      '4:cpu:/x\n3:memory:/a/b\n',
      'sys/fs/cgroup/memory/a/memory.limit_in_bytes',
      'sys/fs/cgroup/memory/a/',
    ],
  ])('a limit of a control group of %s counts, the one above ours too', async (version, groups, limitPath, folder) => {
    machine.write('proc/self/cgroup', groups);
    machine.write(limitPath, `${2 * GIB}\n`);
    const isSecond = version === 'version 2';
    machine.write(`${folder}${isSecond ? 'memory.current' : 'memory.usage_in_bytes'}`, `${1.5 * GIB}\n`);
    machine.write(`${folder}memory.stat`, `${isSecond ? '' : 'total_'}inactive_file ${GIB / 2}\n`);
    const { memory, rig } = await machine.probe();
    expect(memory).toEqual({ totalBytes: 3_913_000 * 1024, availableBytes: GIB, limitBytes: 2 * GIB });
    expect(rig.host.ram).toMatchObject({ bytes: 2 * GIB, basis: 'reported' });
    expect(rig.cards[0]?.vramBytes).toBe(GIB);
  });

  test.each(['max', '9223372036854771712'])('a control group’s limit of %s is none', async (limit) => {
    machine.write('proc/self/cgroup', '0::/\n');
    machine.write('sys/fs/cgroup/memory.max', `${limit}\n`);
    expect((await machine.probe()).memory).not.toHaveProperty('limitBytes');
  });

  test('disks are told with their size and by what they are attached', async () => {
    machine.addDisk('sda', 'pci0000:00/usb1/1-4/host6/block/sda', {
      size: '31266816',
      removable: '1',
      'queue/rotational': '1',
      'device/model': 'Ultra Fit',
    });
    machine.addDisk('sdb', 'pci0000:00/ata1/host0/block/sdb', { size: '0', 'device/model': 'Card  Reader' });
    machine.addDisk('sdc', 'pci0000:00/ata2/host1/block/sdc', {
      size: '117231408',
      'queue/rotational': '0',
      'device/model': 'Galaird  60G',
    });
    machine.addDisk('nvme0n1', 'pci0000:00/nvme/nvme0/nvme0n1', { size: '488397168' });
    machine.addDisk('vda', 'pci0000:00/virtio1/block/vda', { size: '1000', 'queue/rotational': '1' });
    machine.addDisk('loop0', 'virtual/block/loop0', { size: '1000' });
    const { disks, rig } = await machine.probe();
    expect(disks).toEqual([
      { name: 'nvme0n1', modelName: 'nvme0n1', bytes: 250_059_350_016, attachment: 'nvme' },
      {
        name: 'sda',
        modelName: 'Ultra Fit',
        bytes: 16_008_609_792,
        attachment: 'usb',
        isRotational: true,
        isRemovable: true,
      },
      { name: 'sdc', modelName: 'Galaird 60G', bytes: 60_022_480_896, attachment: 'sata', isRotational: false },
      { name: 'vda', modelName: 'vda', bytes: 512_000, attachment: 'virtual' },
    ]);
    expect(rig.host.disks?.[1]).toEqual({ modelName: 'Ultra Fit', bytes: 16_008_609_792, attachment: 'usb' });
  });

  test('the board, and what makes a machine virtual, are told by the firmware', async () => {
    machine.write('sys/class/dmi/id/board_vendor', 'ASRock\n');
    machine.write('sys/class/dmi/id/board_name', 'H110 Pro BTC+\n');
    machine.write('sys/class/dmi/id/bios_version', 'To be filled by O.E.M.\n');
    expect((await machine.probe()).rig.host.board).toEqual({ manufacturer: 'ASRock', product: 'H110 Pro BTC+' });
    expect((await machine.probe()).rig.host).not.toHaveProperty('virtualMachine');
    machine.write('sys/class/dmi/id/sys_vendor', 'innotek GmbH\n');
    machine.write('sys/class/dmi/id/product_name', 'VirtualBox\n');
    expect((await machine.probe()).rig.host.virtualMachine).toBe('innotek GmbH VirtualBox');
  });

  test('a machine of which nothing can be read is reported with what is missing, and throws nothing', async () => {
    rmSync(join(machine.root, 'proc'), { recursive: true });
    rmSync(join(machine.root, 'etc'), { recursive: true });
    mkdirSync(join(machine.root, 'proc/cpuinfo'), { recursive: true });
    const report = await machine.probe();
    expect(codesOf(report)).toEqual(['machine-unreadable', 'machine-unreadable']);
    expect(report.rig.cards).toEqual([{ cardId: `${report.rig.rigId}/cpu`, kind: 'cpu', name: 'processor' }]);
  });

  test('a data folder that is not there is told, and nothing else suffers', async () => {
    const report = await probeMachine({
      sys: join(machine.root, 'sys'),
      proc: join(machine.root, 'proc'),
      run: async () => ({ kind: 'missing' }),
      dataFolder: '/nowhere',
    });
    expect(codesOf(report)).toEqual(['data-folder-unreadable']);
    expect(report).not.toHaveProperty('dataFolder');
  });

  test('the id of a rig stays the same, and does not give the machine’s own id away', async () => {
    const ids = [(await machine.probe()).rig.rigId, (await machine.probe()).rig.rigId];
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).toMatch(/^rig-[0-9a-f]{12}$/);
    expect('0123456789abcdef0123456789abcdef').not.toContain(ids[0]?.slice(4));
  });
});
