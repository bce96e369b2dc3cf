import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleReport } from '../sample-farms.ts';
import { reportHtml } from './report-html.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

const mayBeMissing = process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const isSkipped = mayBeMissing && !existsSync(CHROMIUM);
const reason = isSkipped ? ' (skipped: apt-get install chromium)' : '';

/** What 210 mm less the margins of 12 mm are, at 96 to the inch. */
const A4_TEXT_PX = 703;

/** Asked in the page, whose words are not Node's. */
const FIRST_GRADE_COLOR = `getComputedStyle(document.querySelector('svg[aria-label^="Cards by grade"] text')).fill`;

let browser: Browser;
let folder = '';

/** Opens the example farm's report from a file, and gives what the page complained of and asked for. */
async function opened(options: BrowserContextOptions = {}): Promise<{ readonly page: Page; readonly said: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 900 }, ...options });
  const page = await context.newPage();
  const url = pathToFileURL(join(folder, 'report.html')).href;
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== url) said.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  return { page, said };
}

describe.skipIf(isSkipped)(`the report in a browser${reason}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rerig-html-'));
    await writeFile(join(folder, 'report.html'), reportHtml(exampleReport()));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('opens without a complaint, asks nothing of the network, and shows its money and its plots', async () => {
    const { page, said } = await opened();
    await page.getByRole('heading', { level: 1, name: 'What the example farm is worth' }).waitFor();
    for (const name of ['Income by option', 'Cards by grade', 'What unlocks what', 'Sensitivity'])
      expect(await page.getByRole('img', { name: new RegExp(`^${name}: `) }).isVisible()).toBe(true);
    await page.getByRole('table', { name: /^What each verdict comes to/ }).waitFor();
    const box = await page.getByRole('img', { name: /^Sensitivity/ }).boundingBox();
    expect(box?.width).toBeGreaterThan(800);
    expect(said).toEqual([]);
    await page.context().close();
  });

  test('opens the reasons of a model by keyboard', async () => {
    const { page } = await opened();
    const reasons = page.locator('details', { has: page.getByRole('heading', { name: 'CMP 40HX' }) });
    await reasons.locator('summary').focus();
    await page.keyboard.press('Enter');
    await reasons.getByRole('table', { name: /^Options of one card/ }).waitFor();
    await page.context().close();
  });

  test('follows light and dark, plots too', async () => {
    const colors = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const { page } = await opened({ colorScheme });
        const seen = await page.evaluate(FIRST_GRADE_COLOR);
        await page.context().close();
        return seen;
      }),
    );
    expect(colors).toEqual(['rgb(68, 82, 95)', 'rgb(179, 192, 203)']);
  });

  test('fits a phone without sideways scrolling', async () => {
    const { page } = await opened({ viewport: { width: 390, height: 844 }, isMobile: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.context().close();
  });

  test('prints to A4, folded reasons and all, and nothing is cut off at the side', async () => {
    const { page } = await opened({ viewport: { width: A4_TEXT_PX, height: 1000 } });
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(A4_TEXT_PX);
    const path = join(folder, 'report.pdf');
    await page.pdf({ path, preferCSSPageSize: true, printBackground: true });
    const pdf = await readFile(path, 'latin1');
    expect(pdf.startsWith('%PDF-')).toBe(true);
    expect(pdf).toMatch(/\/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]/);
    expect(pdf.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(5);
    await page.context().close();
  });
});
