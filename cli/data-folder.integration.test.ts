import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataFolder } from './data-folder.ts';

const isSkipped = process.getuid?.() !== 0;
const RERIG = join(import.meta.dirname, 'rerig.ts');
const LIMIT_MS = 60_000;

describe.skipIf(isSkipped)(
  `a data folder on a small disk${isSkipped ? ' (skipped: run as root, to mount one)' : ''}`,
  () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'rerig-disk-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', folder]);
    });
    afterAll(() => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    });

    it('is refused before anything is written there, with what to do', { timeout: LIMIT_MS }, async () => {
      const refused = openDataFolder(join(folder, 'data'));
      expect(isFault(refused) ? refused.code : refused).toBe('disk-full');
      const { promise, resolve } = Promise.withResolvers<{ readonly status: unknown; readonly stderr: string }>();
      execFile(process.execPath, [RERIG, 'up', '--once', '--data', join(folder, 'data')], (error, _stdout, stderr) => {
        resolve({ status: error?.code ?? 0, stderr });
      });
      const { status, stderr } = await promise;
      expect(status).toBe(1);
      expect(stderr).toMatch(/100 MiB free.*--data DIR/s);
    });
  },
);
