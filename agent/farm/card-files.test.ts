import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cardFiles } from './card-files.ts';

test('each card has the file that the kernel gives it, whatever the order of the bus; one without a driver has none', async () => {
  const root = await mkdtemp(join(tmpdir(), 'rerig-card-files-'));
  try {
    const [sys, proc] = [join(root, 'sys'), join(root, 'proc')];
    await mkdir(join(sys, 'bus/pci/devices/0000:03:00.0/drm/renderD129'), { recursive: true });
    await mkdir(join(sys, 'bus/pci/devices/0000:03:00.0/drm/card1'), { recursive: true });
    await mkdir(join(proc, 'driver/nvidia/gpus/0000:01:00.0'), { recursive: true });
    const information =
      'Model: \t\t NVIDIA GeForce RTX 3060\nBus Type: \t PCIe\nDevice Minor: \t 4\nGPU Excluded:\t No\n';
    await writeFile(join(proc, 'driver/nvidia/gpus/0000:01:00.0/information'), information);
    const files = await cardFiles(
      [
        { cardId: 'r/3', kind: 'gpu', busId: '03:00.0', vendor: 'amd' },
        { cardId: 'r/1', kind: 'gpu', busId: '01:00.0', vendor: 'nvidia' },
        { cardId: 'r/5', kind: 'gpu', busId: '05:00.0', vendor: 'nvidia' },
        { cardId: 'r/cpu', kind: 'cpu' },
      ],
      { sys, proc },
    );
    expect([...files]).toEqual([
      ['r/3', '/dev/dri/renderD129'],
      ['r/1', '/dev/nvidia4'],
    ]);
  } finally {
    await rm(root, { recursive: true });
  }
});
