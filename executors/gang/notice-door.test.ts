import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import { expect, onTestFinished, test } from 'vitest';
import { type NoticeDoor, type NoticeDoorPlace, openNoticeDoor } from './notice-door.ts';

const SECRET = '0123456789abcdef';

async function open(place: NoticeDoorPlace): Promise<NoticeDoor> {
  const door = await openNoticeDoor(place);
  if (isFault(door)) throw new TypeError(door.why);
  onTestFinished(() => door.close());
  return door;
}

test('a run asks at its own path: nothing yet, then its notice, then it is forgotten', async () => {
  const door = await open({ kind: 'port', host: '127.0.0.1', port: 0 });
  const url = door.urlOf(SECRET);
  expect((await fetch(url)).status).toBe(404);
  door.board.add(SECRET);
  door.board.add('another-run-000000');
  expect((await fetch(url)).status).toBe(204);
  door.board.tell(SECRET, { reason: 'preempted', endsAtMs: Date.UTC(2026, 10, 25, 10) });
  // Taken up again by a next start, which knows no notice of it: the old one stays.
  door.board.add(SECRET);
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.json()).toEqual({ reason: 'preempted', endsAt: '2026-11-25T10:00:00.000Z' });
  expect((await fetch(door.urlOf('another-run-000000'))).status).toBe(204);
  door.board.remove(SECRET);
  expect((await fetch(url)).status).toBe(404);
});

test('what is no question for a notice is refused', async () => {
  const door = await open({ kind: 'port', host: '127.0.0.1', port: 0 });
  door.board.add(SECRET);
  expect((await fetch(door.urlOf(SECRET), { method: 'POST', body: '{}' })).status).toBe(405);
  for (const path of ['/', '/notice/', '/notice/../notice', `/notice/${SECRET}/x`, '/other']) {
    expect((await fetch(new URL(path, door.urlOf(SECRET)))).status).toBe(404);
  }
});

test('a next start opens the same port, at which runs that it takes up still ask', async () => {
  const first = await openNoticeDoor({ kind: 'port', host: '127.0.0.1', port: 0 });
  if (isFault(first)) throw new TypeError(first.why);
  const url = first.urlOf(SECRET);
  const taken = await openNoticeDoor({ kind: 'port', host: '127.0.0.1', port: first.port });
  expect(isFault(taken) && taken.code).toBe('start-failed');
  await first.close();
  const second = await open({ kind: 'port', host: '127.0.0.1', port: first.port });
  second.board.add(SECRET);
  expect(second.urlOf(SECRET)).toBe(url);
  expect((await fetch(url)).status).toBe(204);
});

test('a container without a network asks at a socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-door-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const socketPath = join(folder, 'notice.sock');
  const door = await open({ kind: 'socket', path: socketPath });
  door.board.tell(SECRET, { reason: 'drained', endsAtMs: 0 });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request({ socketPath, path: new URL(door.urlOf(SECRET)).pathname }, (answer) => {
    answer.setEncoding('utf8').once('data', resolve);
  });
  asked.once('error', reject).end();
  expect(JSON.parse(await promise)).toEqual({ reason: 'drained', endsAt: '1970-01-01T00:00:00.000Z' });
});
