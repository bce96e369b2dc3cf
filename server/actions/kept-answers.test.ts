import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../store/database.ts';
import { ensureOrganisation } from '../store/organisations.ts';
import { KeptAnswers } from './kept-answers.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'rerig-answers-'));
const HOUR_MS = 3_600_000;
let store: Store;
let answers: KeptAnswers;
let nowMs = Date.UTC(2026, 10, 25);

function answerOf(body: string) {
  return { requestHash: 'a'.repeat(64), requestId: 'r-1', statusCode: 200, contentType: 'application/json', body };
}

beforeAll(async () => {
  const opened = await openStore(dataFolder);
  if (isFault(opened)) expect.fail(opened.why);
  store = opened;
  answers = new KeptAnswers(store.database, () => nowMs);
  for (const organisationId of ['one', 'two']) {
    await ensureOrganisation(store.database, { organisationId, name: organisationId, role: 'customer' });
  }
}, 60_000);

afterAll(async () => {
  answers?.close();
  await store?.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

describe('a kept answer', () => {
  it('is given to its organisation alone, as it was kept first, byte for byte', async () => {
    const first = answerOf('{"text":"één 🎉 \\u0000"}');
    expect(await answers.keep('one', 'key', first)).toBeNull();
    expect(await answers.keep('one', 'key', answerOf('{}'))).toBeNull();
    expect(await answers.find('one', 'key')).toEqual(first);
    expect(await answers.find('two', 'key')).toBeNull();
    expect(await answers.find('one', 'other')).toBeNull();
  });

  it('is gone after 24 hours: another can take its place, and what nobody asks for is removed', async () => {
    await answers.keep('one', 'aged', answerOf('{"n":1}'));
    await answers.keep('two', 'aged', answerOf('{"n":2}'));
    nowMs += 24 * HOUR_MS;
    expect(await answers.find('one', 'aged')).toBeNull();
    await answers.keep('one', 'aged', answerOf('{"n":3}'));
    expect(await answers.find('one', 'aged')).toMatchObject({ body: '{"n":3}' });
    expect(await answers.purge()).toBeGreaterThanOrEqual(1);
    expect(await answers.purge()).toBe(0);
    expect(await answers.find('one', 'aged')).toMatchObject({ body: '{"n":3}' });
  });

  it('above 1 MiB is not kept', async () => {
    expect(await answers.keep('one', 'great', answerOf('é'.repeat(600_000)))).toBeNull();
    expect(await answers.find('one', 'great')).toBeNull();
  });
});
