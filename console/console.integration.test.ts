import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exampleFarm, withCard } from './farm-fixture.ts';
import { type FixtureServer, serveFixture } from './serve-fixture.ts';

const CHROMIUM = '/usr/bin/chromium';
const DIST = join(import.meta.dirname, 'dist');
const ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const BUILD_LIMIT_MS = 60_000;
const STEP_LIMIT_MS = 10_000;

const mayBeMissing = process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const isSkipped = mayBeMissing && !existsSync(CHROMIUM);
const reason = isSkipped ? ' (skipped: apt-get install chromium)' : '';

let browser: Browser;
let server: FixtureServer;
let page: Page;
let violations: string[] = [];

async function makePage(options: BrowserContextOptions): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  page = await context.newPage();
  page.setDefaultTimeout(STEP_LIMIT_MS);
  page.on('pageerror', (error) => violations.push(error.message));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) violations.push(message.text());
  });
}

async function openPage(options: BrowserContextOptions = {}, path = '/'): Promise<void> {
  await makePage(options);
  await page.goto(server.url + path);
  await page.getByText('live', { exact: true }).first().waitFor();
}

describe.skipIf(isSkipped)(`the console in a browser${reason}`, () => {
  beforeAll(async () => {
    if (!existsSync(join(DIST, 'index.html'))) {
      const vite = join(import.meta.dirname, '../node_modules/.bin/vite');
      // Vitest's own NODE_ENV would build React for development.
      const env = { ...process.env, NODE_ENV: 'production' };
      await promisify(execFile)(vite, ['build'], { cwd: import.meta.dirname, env, timeout: BUILD_LIMIT_MS });
    }
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    violations = [];
    server = await serveFixture(DIST, exampleFarm);
  });
  afterEach(async () => {
    await page.context().close();
    await server.stop();
    expect(violations, 'errors in the page, or against its Content-Security-Policy').toEqual([]);
  });

  test('shows the farm: its name, its money, each rig as a table, each card with grade and evidence', async () => {
    await openPage();
    await page.getByRole('heading', { level: 1, name: 'Hangar 3' }).waitFor();
    await page.getByText('This is the example farm.').waitFor();
    await page.getByText('$1.234567').waitFor();
    await page.getByRole('img', { name: /Cards by grade: 1 of grade A, .* 1 of unknown grade/ }).waitFor();
    expect(await page.getByRole('table').count()).toBe(4);
    const rig = page.getByRole('table', { name: 'Cards of rig-01' });
    const row = rig.getByRole('row', { name: /RTX 3090/ });
    expect(await row.getByRole('cell').allInnerTexts()).toEqual(
      expect.arrayContaining(['01:00.0', '23.7 GiB', '32B Q4_K_M', 'cuda-13', 'ready']),
    );
    await row.getByText('grade A', { exact: true }).waitFor();
    await row.getByText('measured on this card').waitFor();
    await page
      .getByRole('row', { name: /RX 470 or RX 570/ })
      .first()
      .waitFor();
    await page.getByRole('row', { name: /Device 7340.*grade not known \?/ }).waitFor();
    await page.getByRole('row', { name: /AMD EPYC.*serving.*rerig-5m/ }).waitFor();
  });

  test('shows a change without being loaded again', async () => {
    await openPage();
    const row = page.getByRole('row', { name: /RTX 3090/ });
    await row.getByText('ready', { exact: true }).waitFor();
    const loadedAtMs = await page.evaluate(() => performance.timeOrigin);
    const changed = withCard(exampleFarm, 'rig-01/0', { state: 'serving', workload: 'llama-3.3-32b' });
    server.push({ ...changed, updatedAt: '2026-11-24T09:15:00.000Z' });
    await row.getByText('serving', { exact: true }).waitFor();
    await row.getByText('llama-3.3-32b').waitFor();
    expect(await page.evaluate(() => performance.timeOrigin)).toBe(loadedAtMs);
  });

  test('opens a finding to what, why and mend with the keyboard, and closes it', async () => {
    await openPage();
    const chip = page.getByRole('button', { name: 'warning: cmp throttle unmeasured' });
    await chip.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Run npx rerig burn-in on this rig').waitFor();
    expect(await chip.getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('Enter');
    await page.getByText('Run npx rerig burn-in on this rig').waitFor({ state: 'detached' });
    expect(await chip.getAttribute('aria-expanded')).toBe('false');
  });

  test('filters and orders, keeps both in the address, and finds them there again', async () => {
    await openPage();
    await page.getByRole('button', { name: 'grade D' }).click();
    await page.getByText('5 of 14 cards').waitFor();
    await page.getByLabel('Search cards by name').fill('rx');
    await page.getByText('2 of 14 cards', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Grade', exact: true }).click();
    expect(await page.getByRole('columnheader', { name: 'Grade' }).getAttribute('aria-sort')).toBe('ascending');
    const address = new URL(page.url());
    expect(Object.fromEntries(address.searchParams)).toEqual({ grade: 'D', q: 'rx', sort: 'grade' });
    await page.context().close();
    await openPage({}, address.pathname + address.search);
    await page.getByText('2 of 14 cards', { exact: true }).waitFor();
    expect(await page.getByLabel('Search cards by name').inputValue()).toBe('rx');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('14 cards', { exact: true }).waitFor();
  });

  test('keeps the data while the server is gone, says why, and is live again when it is back', async () => {
    await openPage();
    await server.stop();
    await page.getByText(/reconnecting in \d+ s/).waitFor();
    await page.getByText('The server can not be reached.').waitFor();
    await page.getByText('Start it again with npm start.').waitFor();
    await page.getByRole('row', { name: /RTX 3090/ }).waitFor();
    const changed = withCard(exampleFarm, 'rig-01/0', { state: 'failed' });
    server = await serveFixture(DIST, changed, Number(new URL(server.url).port));
    await page.getByRole('row', { name: /RTX 3090.*failed/ }).waitFor();
    await page.getByText('The server can not be reached.').waitFor({ state: 'detached' });
  });

  test('fits a phone: cards as tiles, findings that open, no sideways scrolling', async () => {
    await openPage({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    expect(await page.getByRole('table').count()).toBe(0);
    const tile = page.getByRole('listitem').filter({ hasText: 'RTX 3060 12 GB' });
    await tile.getByRole('button', { name: /pcie link x1/ }).tap();
    await tile.getByText('For layer split, move the card to the x16 slot.').waitFor();
    const [contentWidthPx, windowWidthPx] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    expect(contentWidthPx).toBe(390);
    expect(windowWidthPx).toBe(390);
  });

  test("shows that it loads, then the server's own words where there is no farm, once, also on a phone", async () => {
    const words = { what: 'The database is stopping.', why: 'It was told to.', mend: 'Wait for a minute.' };
    const problem = JSON.stringify({ code: 'store-stopping', status: 503, ...words });
    let answer = () => {};
    const isAsked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await makePage({ viewport: { width: 390, height: 844 } });
    await page.route('**/api/v1/**', async (route) => {
      await isAsked;
      await route.fulfill({ status: 503, contentType: 'application/problem+json', body: problem });
    });
    await page.goto(server.url);
    await page.getByRole('status', { name: 'Loading the farm' }).waitFor();
    answer();
    const alert = page.getByRole('alert');
    for (const text of Object.values(words)) await alert.getByText(text).waitFor();
    await page.getByText(/reconnecting in \d+ s/).waitFor();
    expect(await page.getByText(words.what).count()).toBe(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.unroute('**/api/v1/**');
    await alert.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('RTX 3090', { exact: true }).waitFor();
  });

  test('says what to do for a farm without rigs, for an unknown page and for a filter that hides all', async () => {
    await openPage({}, '/?q=voodoo');
    await page.getByRole('button', { name: 'Show all cards' }).click();
    await page.getByRole('row', { name: /RTX 3090/ }).waitFor();
    server.push({ ...exampleFarm, isExample: false, rigs: [] });
    await page.getByRole('heading', { name: 'This farm has no rigs yet' }).waitFor();
    await page.goto(`${server.url}/nowhere`);
    await page.getByRole('link', { name: 'Show the farm' }).click();
    await page.getByRole('heading', { level: 1, name: 'Hangar 3' }).waitFor();
  });
});
