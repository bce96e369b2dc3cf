import { isFault } from '@rerig/domain/fault';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleJob } from './example-job.ts';
import { jobFields } from './job-fields.ts';
import { parseJob } from './job-file.ts';

const PATH = '/farm/jobs/job.yaml';

function faultOf(text: string): string {
  const read = parseJob(text, PATH);
  return isFault(read) ? `${read.what} ${read.why}` : 'it was read';
}

describe('a job file', () => {
  it('says all that the flags say, its paths taken from its folder on', () => {
    const text = [
      'name: train',
      'command: [python3, train.py, --lr, 1e-3]',
      'vram: 8GB',
      'route: cuda',
      'card-model: [RTX 3060, rx 580 8gb]',
      'grade: c',
      'cards: 2',
      'ranks: 4',
      'env: { SEED: 010, EMPTY: , YES: yes }',
      'env-file: secrets.env',
      'image: debian:12',
      'mount: [data:/data:ro, /srv/models:/models]',
      'time-limit: 1h30m',
      'interruptible: true',
      'queue: false',
      'output: out',
    ].join('\n');
    expect(parseJob(text, PATH)).toEqual({
      name: 'train',
      command: ['python3', 'train.py', '--lr', '1e-3'],
      vramBytesMin: 8e9,
      routes: ['cuda-13', 'cuda-12'],
      cardModelIds: ['rtx-3060-12gb', 'rtx-3060-8gb', 'rx-580-8gb'],
      gradeMin: 'C',
      cardCount: 2,
      rankCount: 4,
      environment: { SEED: '010', EMPTY: '', YES: 'yes' },
      environmentFiles: ['/farm/jobs/secrets.env'],
      image: 'debian:12',
      mounts: [
        { hostPath: '/farm/jobs/data', containerPath: '/data', isReadOnly: true },
        { hostPath: '/srv/models', containerPath: '/models', isReadOnly: false },
      ],
      timeLimitMs: 5_400_000,
      isInterruptible: true,
      isQueued: false,
      outputFolder: '/farm/jobs/out',
      workingFolder: '/farm/jobs',
    });
  });

  it('may hold a script for a shell, and anchors', () => {
    const text = 'script: |\n  set -e\n  echo "$SEED"\nenv: &variables\n  SEED: 1\n';
    expect(parseJob(text, PATH)).toMatchObject({ script: 'set -e\necho "$SEED"\n', environment: { SEED: '1' } });
    expect(parseJob('name: &n job\nimage: *n\ncommand: [*n]', PATH)).toMatchObject({ image: 'job', command: ['job'] });
  });

  it.each([
    [
      'an unknown key, with the nearest right one',
      'command: [a]\ntime-limt: 2h',
      'line 2, column 1',
      'Is "time-limit" meant?',
    ],
    [
      'a key that is near none, with all of them',
      'gpus_wanted: 1',
      'line 1, column 1',
      'The keys are card, card-model',
    ],
    ['a wrong value', 'command: [a]\nvram: 8', 'line 2, column 7', '"vram": "8" is no size'],
    ['a command that a shell would have to read', 'command: python3 train.py', 'line 1, column 10', 'script: |'],
    ['a list where one value belongs', 'name: [a, b]', 'line 1, column 1', '"name" is to be one value.'],
    ['one value where names and values belong', 'env: SEED=1', 'line 1, column 1', 'names and values'],
    ['a key twice', 'cards: 1\ncards: 2', 'line 2, column 1', 'unique'],
    ['broken YAML', 'env: {a: 1', 'line 1', 'Flow map'],
    ['no mapping at all', '- a\n- b', 'line 1, column 1', 'keys and values'],
    ['nothing', '', 'line 1, column 1', 'keys and values'],
    ['a command beside a script', 'command: [a]\nscript: b', 'line 1, column 1', 'a command and a script'],
    ['a card model that nobody knows', 'card-model: Voodoo 2', 'line 1, column 13', 'Voodoo 2'],
  ])('is refused for %s', (_, text, where, why) => {
    expect(faultOf(text)).toContain(where);
    expect(faultOf(text)).toContain(why);
  });

  it('is never refused for the example, which shows every key', () => {
    expect(parseJob(exampleJob, PATH)).toMatchObject({
      name: 'train',
      command: ['python3', 'train.py', '--epochs', '3'],
    });
    for (const { key } of jobFields) expect(exampleJob).toMatch(new RegExp(`^(# )?${key}:`, 'm'));
    const shown = exampleJob
      .split('\n')
      .map((line) => (/^# [a-z-]+: /.test(line) && !line.startsWith('# script') ? line.slice(2) : line));
    expect(faultOf(shown.filter((line) => !/^name|^card: /.test(line)).join('\n'))).toBe('it was read');
    for (const line of exampleJob.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('any text is read or refused, and none throws', () => {
    const keys = fc.constantFrom('command', 'script', 'cards', 'env', 'mount', 'vram', '&a', '? ', '- ', '<<', '*a');
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, fc.string())), (entries) => {
        expect(parseJob(entries.map(([key, value]) => `${key}: ${value}`).join('\n'), PATH)).toBeTypeOf('object');
      }),
    );
  });
});
