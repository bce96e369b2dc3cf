import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { probeRig } from './rig-probe.ts';

const mustRun = process.env.RERIG_REQUIRE_INTEGRATION === '1';
const missing =
  process.getuid?.() === 0 && existsSync('/usr/sbin/ip') ? undefined : 'needs root and apt-get install iproute2';

/** Kept for tests of networks (RFC 5737), so that no route of ours is hidden by it. */
const [OURS, THEIRS] = ['192.0.2.41', '192.0.2.42'];
const WITHIN_MS = 400;

describe.skipIf(missing !== undefined && !mustRun)(`a rig at the end of a cable (${missing ?? 'as installed'})`, () => {
  const id = randomBytes(3).toString('hex');
  const [space, ours, theirs] = [`rerig-${id}`, `rr${id}a`, `rr${id}b`];

  beforeEach(() => {
    ip('netns', 'add', space);
    ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', space);
    ip('addr', 'add', `${OURS}/30`, 'peer', THEIRS, 'dev', ours);
    ip('link', 'set', ours, 'up');
    ip('-n', space, 'addr', 'add', `${THEIRS}/30`, 'peer', OURS, 'dev', theirs);
    ip('-n', space, 'link', 'set', theirs, 'up');
  });
  afterEach(() => ip('netns', 'del', space));

  test('its kernel answers at a port at which nobody listens, and is silent once the cable is pulled', async () => {
    await expect.poll(() => probeRig(THEIRS, 9, WITHIN_MS), { timeout: 5000 }).toBe('refuses');
    ip('-n', space, 'link', 'set', theirs, 'down');
    expect(await probeRig(THEIRS, 9, WITHIN_MS)).toBe('silent');
    ip('-n', space, 'link', 'set', theirs, 'up');
    ip('-n', space, 'addr', 'replace', `${THEIRS}/30`, 'peer', OURS, 'dev', theirs);
    await expect.poll(() => probeRig(THEIRS, 9, WITHIN_MS), { timeout: 5000 }).toBe('refuses');
  }, 30_000);
});

function ip(...words: readonly string[]): void {
  execFileSync('ip', [...words], { stdio: 'pipe' });
}
