import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { noticeText, writeNotice } from './notice.ts';

test('a reader of the file sees one notice or another, whole, and nothing else stays in the folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-notice-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const notices = Array.from({ length: 20 }, (_, index) => ({ reason: 'preempted' as const, endsAtMs: index * 1000 }));
  const texts = new Set(notices.map(noticeText));
  const writes = Promise.all(notices.map((notice) => writeNotice(folder, notice)));
  let isOver = false;
  void writes.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    if (readdirSync(folder).includes('notice.json')) {
      expect(texts).toContain(readFileSync(join(folder, 'notice.json'), 'utf8'));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writes;
  expect(readdirSync(folder)).toEqual(['notice.json']);
});

test('a folder that is not there is told, and no draft is left', async () => {
  await expect(writeNotice('/nonexistent/folder', { reason: 'drained', endsAtMs: 0 })).rejects.toThrow('ENOENT');
});
