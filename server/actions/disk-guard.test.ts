import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIB } from '@rerig/domain/quantity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiskGuard } from './disk-guard.ts';

const isSkipped = process.getuid?.() !== 0;

describe.skipIf(isSkipped)(`the disk guard${isSkipped ? ' (skipped: run as root, to mount a small disk)' : ''}`, () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-guard-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', folder]);
  });
  afterAll(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('admits nothing while the disk can not hold the books of it, and goes on once it can', () => {
    expect(new DiskGuard(folder).refusal()).toBeNull();
    const fill = join(folder, 'fill');
    writeFileSync(fill, Buffer.alloc(60 * MIB));
    expect(new DiskGuard(folder).refusal()).toMatchObject({ code: 'accounting_unavailable', retry: 'later' });
    rmSync(fill);
    expect(new DiskGuard(folder).refusal()).toBeNull();
  });
});
