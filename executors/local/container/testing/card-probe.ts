import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';
import { openTestRunner, runToEnd } from './test-runner.ts';

/**
 * Told on stdout as one JSON document: what containers see of cards that are made up, in a mount namespace whose /etc and
 * /dev are copies. The number 240 is one for local use, so that a file of it opens to `No such device or address`.
 */
/** A run is heard without keeping a program going. */
const going = setInterval(() => undefined, 1000);
const subject = await openTestRunner();
const scratch = join(subject.dataFolder, 'scratch');
mkdirSync(scratch);
for (const folder of ['/etc', '/dev']) {
  const [upper, work] = ['upper', 'work'].map((name) => join(scratch, `${name}${folder}`));
  for (const each of [upper, work]) mkdirSync(each ?? '', { recursive: true });
  execFileSync('mount', [
    '-t',
    'overlay',
    '-o',
    `lowerdir=${folder},upperdir=${upper},workdir=${work}`,
    'overlay',
    folder,
  ]);
}
// Where ids are mapped, runc shows a file at the path at which it lies outside.
const byName = '/dev/by-name';
execFileSync('mknod', [byName, 'c', '240', '0']);
chmodSync(byName, 0o666);
mkdirSync('/etc/cdi', { recursive: true });
writeFileSync(
  '/etc/cdi/rerig-probe.json',
  JSON.stringify({
    cdiVersion: '0.5.0',
    kind: 'nvidia.com/gpu',
    devices: [
      {
        name: 'GPU-probe',
        containerEdits: {
          env: ['SEEN=by-name'],
          deviceNodes: [{ path: byName, type: 'c', major: 240, minor: 0 }],
        },
      },
    ],
  }),
);
rmSync('/dev/kfd', { force: true });
execFileSync('mknod', ['/dev/kfd', 'c', '240', '1']);
chownSync('/dev/kfd', 0, 109);
chmodSync('/dev/kfd', 0o660);
const script = 'echo $SEEN; cat /dev/by-name 2>&1; cat /dev/kfd 2>&1; ls /dev | grep -E "by-name|kfd"';
async function outputOf(cards: readonly ObservedCard[]): Promise<readonly string[]> {
  return (await runToEnd(subject, subject.order(script, { cards }))).output;
}

const answer = {
  byName: await outputOf([{ cardId: 'rig/01:00.0', kind: 'gpu', vendor: 'nvidia', uuid: 'GPU-probe' }]),
  byGroup: await outputOf([{ cardId: 'rig/02:00.0', kind: 'gpu', vendor: 'amd', busId: '02:00.0' }]),
  without: await outputOf([]),
};
for (const folder of ['/etc', '/dev']) execFileSync('umount', ['-l', folder]);
await subject.dispose();
clearInterval(going);
process.stdout.write(JSON.stringify(answer));
