import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReportKind, writeReport } from './write-report.ts';

const kind: ReportKind = { title: 'CSV', option: '--csv', beginning: 'rig_id,' };
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rerig-report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a report that is written to a file', () => {
  it('is written, replaces an earlier one of its kind, and leaves nothing beside it', async () => {
    const path = join(folder, 'cards.csv');
    for (const content of ['rig_id,1', 'rig_id,2']) expect(await writeReport(path, content, kind)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe('rig_id,2');
    expect(await readdir(folder)).toEqual(['cards.csv']);
  });

  it('never replaces a file of another kind, or a folder', async () => {
    const path = join(folder, 'hello.json');
    await writeFile(path, '{"method":"hello"}');
    await mkdir(join(folder, 'a-folder'));
    expect(await writeReport(path, 'rig_id', kind)).toMatchObject({ code: 'report-exists' });
    expect(await writeReport(join(folder, 'a-folder'), 'rig_id', kind)).toMatchObject({ why: 'It is a folder.' });
    expect(await readFile(path, 'utf8')).toBe('{"method":"hello"}');
  });

  it('goes where a link points, and the link stays', async () => {
    await writeFile(join(folder, 'real.csv'), '');
    await symlink('real.csv', join(folder, 'link.csv'));
    expect(await writeReport(join(folder, 'link.csv'), 'rig_id', kind)).toBeUndefined();
    expect(await readFile(join(folder, 'real.csv'), 'utf8')).toBe('rig_id');
  });

  it('is a fault where it cannot be written', async () => {
    const fault = await writeReport(join(folder, 'no', 'such', 'folder.csv'), 'rig_id', kind);
    expect(fault).toMatchObject({ code: 'report-unwritable', what: expect.stringContaining('folder.csv') });
  });
});
