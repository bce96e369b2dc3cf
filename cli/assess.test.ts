import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleFarmFiles } from '@rerig/domain/inventory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const RUN_LIMIT_MS = 20_000;

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = '';

/** Runs `rerig assess` as a person does who keeps no prices of their own, and gives what it wrote. */
function assess(...asked: readonly string[]): Promise<Run> {
  const args = [join(import.meta.dirname, 'rerig.ts'), 'assess', '--data', folder, ...asked];
  const { promise, resolve } = Promise.withResolvers<Run>();
  execFile(process.execPath, args, { cwd: folder, timeout: RUN_LIMIT_MS }, (error, stdout, stderr) => {
    resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
  });
  return promise;
}

function file(name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rerig-assess-'));
  for (const { name, text } of exampleFarmFiles) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'half.json'), '{"method":"hello",');
  await writeFile(join(folder, 'empty.json'), '');
  await writeFile(join(folder, 'prices.toml'), 'currency = "EUR"\n[electricity]\nperKwh = 0.31\n');
  await writeFile(join(folder, 'wrong.toml'), 'horizonDays = "long"\n');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const names = exampleFarmFiles.map(({ name }) => name);

describe('rerig assess', () => {
  it('prints sums, what to do first, cards by money and findings, and exits 0', async () => {
    const { status, stdout, stderr } = await assess(...names);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^3 rigs, 14 cards, 119 GiB of VRAM/);
    for (const part of ['now, as read', 'as advised', 'DO FIRST', 'CARDS', 'FINDINGS', 'all 14 mine', 'are stale'])
      expect(stdout).toContain(part);
    expect(stdout.indexOf('RTX 3090')).toBeLessThan(stdout.indexOf('P104-100'));
  });

  it('says the same of files that are named twice', async () => {
    const [once, twice] = await Promise.all([assess(...names), assess(...names, ...names.toReversed())]);
    expect(twice).toEqual(once);
  });

  it('shows the example farm where nobody has files yet', async () => {
    const { status, stdout } = await assess('--example');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^The example farm: 3 rigs, 14 cards/);
  });

  it('prints one JSON document with units in its keys and every figure once', async () => {
    const { status, stdout } = await assess(...names, '--json');
    const document: unknown = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(document).toMatchObject({ totals: { cardCount: 14, money: { all: { cardCount: 14 } } }, faults: [] });
    for (const key of ['vramBytes', 'netUsdPerDay', 'assumptionIds', 'breakEvens', 'paysBackDays', 'speed'])
      expect(stdout).toContain(`"${key}"`);
  });

  it('says all of one card with --explain, and which there are where several differ', async () => {
    const one = await assess('--example', '--explain', 'hive-2/05:00.0');
    expect(one.status).toBe(0);
    for (const part of ['RTX 3070', 'WHAT FITS', 'tokens/s', 'OPTIONS', 'WHERE THE VERDICT TURNS', 'stale'])
      expect(one.stdout).toContain(part);
    const several = await assess('--example', '--explain', 'RX 580');
    expect(several.stdout).toMatch(/^3 cards of [23] kinds; name one of them/);
    const none = await assess('--example', '--explain', 'Voodoo');
    expect([none.status, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toContain('No card is called "Voodoo".');
  });

  it('takes prices from the command line, a price file, or what is kept, and says what of it is wrong', async () => {
    const dear = await assess('--example', '--electricity', '0.4', '--utilisation', '5', '--horizon', '30');
    expect(dear.stdout).toContain('electricity $0.40/kWh;');
    expect(dear.stdout).toContain('over 30 days');
    const euro = await assess('--example', '--prices', 'prices.toml');
    expect(euro.stdout).toContain('shown in EUR, electricity €0.31/kWh;');
    const wrong = await assess('--example', '--prices', 'wrong.toml', '--currency', 'XXX');
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toContain('3 rigs, 14 cards');
    for (const what of ['horizonDays', 'XXX']) expect(wrong.stderr).toContain(what);
  });

  it('prints what it could read, says what it could not, and exits 1', async () => {
    const { status, stdout, stderr } = await assess(...names.slice(0, 1), 'half.json', 'empty.json', 'missing.json');
    expect(status).toBe(1);
    expect(stdout).toContain('1 rig, 6 cards');
    for (const what of ['half.json ends in the middle', 'empty.json is empty', 'missing.json cannot be read'])
      expect(stderr).toContain(what);
    expect(stderr).toContain('mend');
  });

  it('gives the faults in its JSON document too', async () => {
    const { status, stdout } = await assess('half.json', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ rigs: [], faults: [{ code: 'inventory-half-written' }] });
  });

  it('exits 2 where it is used wrongly', async () => {
    const wrong = [
      [],
      ['--example', 'half.json'],
      ['--example', '--electricity', 'cheap'],
      ['--example', '--horizon', '0'],
    ];
    const runs = await Promise.all([...wrong, ['--example', '--json', '--csv', '-']].map((asked) => assess(...asked)));
    expect(runs.map(({ status }) => status)).toEqual([2, 2, 2, 2, 2]);
  });
});

describe('what rerig assess writes to files', () => {
  it('is a line a card as CSV, to a file or to stdout', async () => {
    const written = await assess('--example', '--csv', 'cards.csv');
    expect([written.status, written.stderr]).toEqual([0, '✔ CSV written to cards.csv\n']);
    const printed = await assess('--example', '--csv', '-');
    expect(printed.stdout).toBe(await file('cards.csv'));
    expect(printed.stdout.split('\r\n')).toHaveLength(1 + 14 + 1);
    expect(printed.stdout).toMatch(/^rig_id,rig,card_id,/);
  });

  it('is a page that stands by itself, with plots and without script', async () => {
    const { status, stderr } = await assess('--example', '--html', 'report.html');
    expect([status, stderr]).toEqual([0, '✔ HTML report written to report.html\n']);
    const page = await file('report.html');
    expect(page.match(/<svg [^>]*role="img"/g)).toHaveLength(5);
    expect(page).not.toMatch(/<script|<link|src=|url\((?!#)|@import|[^-]\bon\w+=/);
  });

  it('never replaces a file of another kind, and is a fault where it cannot be written', async () => {
    const [taken, unwritable] = await Promise.all([
      assess('--example', '--html', 'half.json'),
      assess('--example', '--csv', join('nowhere', 'cards.csv')),
    ]);
    expect([taken.status, unwritable.status]).toEqual([1, 1]);
    expect(taken.stderr).toContain('half.json is there already');
    expect(unwritable.stderr).toContain('cannot be written');
    expect(taken.stdout).toContain('14 cards');
    expect(await file('half.json')).toBe('{"method":"hello",');
  });
});
