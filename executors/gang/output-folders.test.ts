import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type OutputFolders, prepareOutputFolders, resultFolder } from './output-folders.ts';

async function prepare(folder: string, restartCount: number): Promise<OutputFolders> {
  const folders = await prepareOutputFolders(folder, restartCount);
  if (isFault(folders)) throw new TypeError(folders.why);
  return folders;
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'rerig-output-'));
}

/** Everything that a run reads of those before it, by path: names and contents. */
function readAll({ earlier }: OutputFolders): readonly string[] {
  return earlier.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => `${path}: ${readFileSync(path, 'utf8')}`),
  );
}

/** What programs do with their output: also one that was cut off, and does not know it. */
type Write =
  | { readonly kind: 'rename' | 'in-place' | 'remove'; readonly name: string }
  | { readonly kind: 'make-anew' }
  | { readonly kind: 'fence-again' };

const names = fc.constantFrom('step-1', 'step-2', 'latest', 'deep/step-1');
const writes: fc.Arbitrary<Write> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('rename' as const, 'in-place' as const), name: names }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), name: names }) },
  { weight: 2, arbitrary: fc.constantFrom<Write>({ kind: 'make-anew' }, { kind: 'fence-again' }) },
);

/** Writes as a run that may have been cut off; where its folder is gone, it fails as its program would. */
async function write(folder: string, run: number, act: Write, text: string): Promise<void> {
  const own = resultFolder(folder, run);
  if (act.kind === 'fence-again') return void (await prepareOutputFolders(folder, run));
  if (act.kind === 'make-anew') return void mkdirSync(join(own, 'deep'), { recursive: true });
  const path = join(own, act.name);
  try {
    if (act.kind === 'remove') rmSync(path);
    else if (act.kind === 'in-place') writeFileSync(path, text);
    else {
      writeFileSync(`${path}.part`, text);
      renameSync(`${path}.part`, path);
    }
  } catch {
    // A folder that was taken away, or a file that is not there: the program would end here, or go on.
  }
}

test('whatever runs that were cut off still write, what a later run reads stays, and the result is the last one’s', async () => {
  const steps = fc.array(fc.record({ isStart: fc.boolean(), pick: fc.nat(), act: writes }), { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(steps, async (planned) => {
      const folder = temporaryFolder();
      try {
        const seenByRun = [{ folders: await prepare(folder, 0), seen: [] as readonly string[] }];
        const lastWrites = new Map<string, string>();
        for (const [index, { isStart, pick, act }] of planned.entries()) {
          if (isStart) {
            const folders = await prepare(folder, seenByRun.length);
            seenByRun.push({ folders, seen: readAll(folders) });
            lastWrites.clear();
          } else {
            const run = pick % seenByRun.length;
            await write(folder, run, act, `run ${run}, write ${index}`);
            const isLast = run === seenByRun.length - 1;
            if (isLast && 'name' in act && existsSync(join(resultFolder(folder, run), act.name))) {
              lastWrites.set(act.name, `run ${run}, write ${index}`);
            } else if (isLast && act.kind === 'remove') lastWrites.delete(act.name);
          }
          for (const { folders, seen } of seenByRun) expect(readAll(folders)).toEqual(seen);
        }
        const result = resultFolder(folder, seenByRun.length - 1);
        for (const [name, text] of lastWrites) expect(readFileSync(join(result, name), 'utf8')).toBe(text);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('a run reads what those before it have written, newest first, without those that wrote nothing', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const first = await prepare(folder, 0);
  expect(first.environment).toEqual({
    RERIG_OUTPUT_FOLDER: `${folder}/run-0`,
    RERIG_EARLIER_OUTPUT_FOLDERS: '',
    RERIG_RESTART_COUNT: '0',
  });
  mkdirSync(join(first.own, 'deep'));
  writeFileSync(join(first.own, 'deep/step-1'), 'one');
  await prepare(folder, 1);
  const third = await prepare(folder, 2);
  writeFileSync(join(third.own, 'step-2'), 'two');
  // The fourth never came to be.
  const fifth = await prepare(folder, 4);
  expect(readAll(fifth)).toEqual([
    `${folder}/earlier/run-2/.kept: `,
    `${folder}/earlier/run-2/step-2: two`,
    `${folder}/earlier/run-0/.kept: `,
    `${folder}/earlier/run-0/deep/step-1: one`,
  ]);
  expect(fifth.environment).toMatchObject({
    RERIG_EARLIER_OUTPUT_FOLDERS: `${folder}/earlier/run-2:${folder}/earlier/run-0`,
  });
  expect(readdirSync(folder).sort()).toEqual(['earlier', 'run-4']);
});

test('ranks on several rigs that make the folders ready at once agree, and leave no draft', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { own } = await prepare(folder, 0);
  for (let file = 0; file < 200; file++) writeFileSync(join(own, `part-${file}`), `${file}`);
  const all = await Promise.all(Array.from({ length: 6 }, () => prepare(folder, 1)));
  for (const folders of all) expect(folders).toEqual(all[0]);
  expect(readAll(all[0] ?? (await prepare(folder, 1))).length).toBe(201);
  expect(readdirSync(join(folder, 'earlier'))).toEqual(['run-0']);
});

test.each(['relative/path', '/tmp/a:b', '/tmp/a\nb'])(
  'an output folder that no list could name is refused: %j',
  async (folder) => {
    const refused = await prepareOutputFolders(folder, 0);
    expect(isFault(refused) && refused.code).toBe('workload-invalid');
  },
);

test('an output folder that can’t be made is refused with what the system said', async () => {
  const refused = await prepareOutputFolders('/proc/nowhere', 0);
  expect(isFault(refused) && [refused.code, refused.why]).toEqual([
    'start-failed',
    expect.stringContaining('No such file or directory'),
  ]);
});
