import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { priceBook } from '@rerig/domain/economics';
import { describe, expect, it } from 'vitest';
import { editPrices } from './edit-prices.ts';
import { PRICE_FILE_TEMPLATE } from './price-template.ts';

const TODAY = '2026-11-25';

/** A folder of its own, and an "editor" that does one thing to the file it is given. */
function workplace(): { readonly path: string; readonly editor: (script: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-edit-'));
  let count = 0;
  return {
    path: join(folder, 'prices', 'operator.toml'),
    editor(script) {
      const path = join(folder, `editor ${count++}`);
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
      return `'${path}' --wait`;
    },
  };
}

describe('editing the price file', () => {
  it('begins with the template, and leaves no file where nothing was written', async () => {
    const { path, editor } = workplace();
    const outcome = await editPrices(path, priceBook, { editor: editor('grep -q horizonDays "$2"'), today: TODAY });
    expect(outcome).toEqual({ kind: 'unchanged' });
    expect([existsSync(path), existsSync(`${path}.draft`)]).toEqual([false, false]);
  });

  it('puts in force what is understood', async () => {
    const { path, editor } = workplace();
    const outcome = await editPrices(path, priceBook, {
      editor: editor('echo "horizonDays = 30" >> "$2"'),
      today: TODAY,
    });
    expect(outcome).toEqual({ kind: 'saved' });
    expect(readFileSync(path, 'utf8')).toBe(`${PRICE_FILE_TEMPLATE}horizonDays = 30\n`);
  });

  it('keeps what is wrong as a draft, leaves the file in force as it was, and goes on from the draft', async () => {
    const { path, editor } = workplace();
    await editPrices(path, priceBook, { editor: editor('echo "horizonDays = 30" > "$2"'), today: TODAY });
    const wrong = await editPrices(path, priceBook, {
      editor: editor('echo "horizonDays = 0 # mine" > "$2"'),
      today: TODAY,
    });
    expect(wrong).toMatchObject({ kind: 'wrong', draftPath: `${path}.draft`, faults: [{ code: 'price-file-wrong' }] });
    expect(readFileSync(path, 'utf8')).toBe('horizonDays = 30\n');
    expect(readFileSync(`${path}.draft`, 'utf8')).toBe('horizonDays = 0 # mine\n');
    const mended = await editPrices(path, priceBook, { editor: editor('sed -i "s/= 0/= 60/" "$2"'), today: TODAY });
    expect(mended).toEqual({ kind: 'saved' });
    expect(readFileSync(path, 'utf8')).toBe('horizonDays = 60 # mine\n');
  });

  it('says so where the editor is not there, and where it ends badly', async () => {
    const { path, editor } = workplace();
    for (const bad of ['no-such-editor-anywhere', editor('exit 3')]) {
      expect(await editPrices(path, priceBook, { editor: bad, today: TODAY })).toMatchObject({
        kind: 'failed',
        fault: { code: 'editor-failed' },
      });
    }
  });
});
