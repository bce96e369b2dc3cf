import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cardAccess } from './card-access.ts';

const nvidia: ObservedCard = { cardId: 'rig/01:00.0', kind: 'gpu', vendor: 'nvidia', uuid: 'GPU-1a', busId: '01:00.0' };
const second: ObservedCard = { ...nvidia, cardId: 'rig/02:00.0', uuid: 'GPU-1a2', busId: '02:00.0' };
const amd: ObservedCard = { cardId: 'rig/03:00.0', kind: 'gpu', vendor: 'amd', busId: '03:00.0' };

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rerig-cards-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text = '', modeBits = 0o666): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  chmodSync(whole, modeBits);
  return whole;
}

test.each([
  [
    'etc/cdi/nvidia.yaml',
    'cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n- name: "0"\n- name: GPU-1a\n  containerEdits: {}\n',
  ],
  ['var/run/cdi/nvidia.json', '{"cdiVersion":"0.5.0","kind":"nvidia.com/gpu","devices":[{"name":"GPU-1a"}]}'],
])('a card that %s names is given by that name, and one that it does not name by its files', (path, text) => {
  put(path, text);
  put('proc/driver/nvidia/gpus/0000:02:00.0/information', 'Device Minor: \t 1\n');
  put('dev/nvidia1');
  put('dev/nvidiactl');
  expect(cardAccess([nvidia, second], root)).toEqual({
    cdiNames: ['nvidia.com/gpu=GPU-1a'],
    files: ['/dev/nvidia1', '/dev/nvidiactl'],
    groupIds: [],
  });
});

test('specifications of other makers’ things name no card', () => {
  put('etc/cdi/other.yaml', 'kind: other.org/thing\ndevices:\n- name: GPU-1a\n');
  put('etc/cdi/notes.txt', 'nvidia.com/gpu name: GPU-1a');
  expect(cardAccess([nvidia], root).cdiNames).toEqual([]);
});

test.skipIf(process.getuid?.() !== 0)('a file that only a group may use brings its group, but for root’s own', () => {
  chownSync(put('dev/kfd', '', 0o660), 0, 109);
  expect(cardAccess([amd], root)).toEqual({ cdiNames: [], files: ['/dev/kfd'], groupIds: [109] });
  chownSync(join(root, 'dev/kfd'), 0, 0);
  expect(cardAccess([amd], root).groupIds).toEqual([]);
});

test('a processor needs nothing', () => {
  expect(cardAccess([{ cardId: 'rig/cpu-0', kind: 'cpu' }], root)).toEqual({ cdiNames: [], files: [], groupIds: [] });
});
