import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cardFiles } from './card-files.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rerig-dev-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function link(path: string, to: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(to, join(root, path));
}

test('an NVIDIA card is reached by its own number, whatever the order, and by what all of them share', () => {
  for (const name of ['nvidia0', 'nvidia1', 'nvidiactl', 'nvidia-uvm']) put(`dev/${name}`);
  put('proc/driver/nvidia/gpus/0000:02:00.0/information', 'Model: P106-100\nDevice Minor: \t 1\n');
  const card = { cardId: 'rig/02:00.0', kind: 'gpu', vendor: 'nvidia', busId: '02:00.0' } as const;
  expect(cardFiles([card], root)).toEqual(['/dev/nvidia1', '/dev/nvidiactl', '/dev/nvidia-uvm']);
});

test('an AMD card is reached by its render file and by kfd, and no other card is', () => {
  for (const name of ['renderD128', 'renderD129', 'card0', 'card1']) put(`dev/dri/${name}`);
  put('dev/kfd');
  link('dev/dri/by-path/pci-0000:0a:00.0-render', '../renderD129');
  link('dev/dri/by-path/pci-0000:0a:00.0-card', '../card1');
  link('dev/dri/by-path/pci-0000:0b:00.0-render', '../renderD128');
  const card = { cardId: 'rig/0a:00.0', kind: 'gpu', vendor: 'amd', busId: '0a:00.0' } as const;
  expect(cardFiles([card], root)).toEqual(['/dev/dri/renderD129', '/dev/dri/card1', '/dev/kfd']);
});

test('a processor has no files, nor has a card whose driver is not there', () => {
  const gone = { cardId: 'rig/0a:00.0', kind: 'gpu', vendor: 'nvidia', busId: '0a:00.0' } as const;
  expect(cardFiles([{ cardId: 'rig/cpu', kind: 'cpu' }, gone], root)).toEqual([]);
});
