import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { containersMissing } from './testing/busybox-image.ts';

const isSkipped = containersMissing !== undefined && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const NO_SUCH_CARD = 'No such device or address';

test.skipIf(isSkipped)(
  `a container opens its cards’ files, by name or by group, and no others${isSkipped ? ` (${containersMissing})` : ''}`,
  async () => {
    const program = fileURLToPath(new URL('./testing/card-probe.ts', import.meta.url));
    const words = ['--mount', '--propagation', 'private', process.execPath, program];
    const child = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    const { byName, byGroup, without } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    // The kernel let it in, and has no card behind that number.
    expect(byName).toEqual([
      'by-name',
      expect.stringContaining(NO_SUCH_CARD),
      expect.stringContaining('/dev/kfd'),
      'by-name',
    ]);
    expect(byGroup).toEqual([
      '',
      expect.stringContaining('/dev/by-name'),
      expect.stringContaining(NO_SUCH_CARD),
      'kfd',
    ]);
    expect(without).toEqual(['', expect.stringContaining('/dev/by-name'), expect.stringContaining('/dev/kfd')]);
  },
);
