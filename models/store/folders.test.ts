import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders, refuseFullDisk, storeFolders } from './folders.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rerig-folders-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the folders of a store', () => {
  it('have room for a little, and refuse what no disk holds', () => {
    const folders = storeFolders(folder);
    expect(makeFolders(folders)).toBeUndefined();
    expect(refuseFullDisk(folders, 0)).toBeUndefined();
    expect(refuseFullDisk(folders, 2 ** 60)).toMatchObject({ code: 'disk_full', why: expect.stringContaining('free') });
  });

  it('are refused where a file is in the way', () => {
    writeFileSync(join(folder, 'models'), 'a file');
    expect(makeFolders(storeFolders(folder))).toMatchObject({ code: 'store_unusable' });
  });
});
