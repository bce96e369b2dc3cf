import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  cardListSchema,
  doorSchema,
  faultSchema,
  type LogRecord,
  logRecordSchema,
  type WorkloadRequest,
  workloadListSchema,
  workloadViewSchema,
} from '@rerig/api/agent';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { type FakeExecutor, makeFakeExecutor } from '@rerig/executors/fake';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Door, type DoorOptions, openDoor } from './door.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-door-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openAt(folder: string, fake: FakeExecutor, rest: Partial<DoorOptions> = {}): Promise<Door> {
  const door = await openDoor({
    executor: fake,
    executorKind: 'fake',
    socketPath: join(folder, 'run/agent.sock'),
    askedFolder: join(folder, 'asked'),
    version: '1.2.3',
    ...rest,
  });
  if (isFault(door)) throw new InvariantError(door.why);
  cleanups.push(() => door.close());
  return door;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(door: Door, method: string, path: string, body?: unknown): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const asked = request({ socketPath: door.socketPath, method, path, agent: false }, async (answer) => {
    resolve({ status: answer.statusCode ?? 0, body: JSON.parse(await text(answer)) });
  });
  asked.once('error', reject);
  if (body !== undefined) asked.setHeader('content-type', 'application/json');
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

/** Reads a log's stream record by record, as it comes. */
async function* readLog(door: Door, path: string): AsyncGenerator<LogRecord> {
  const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<Buffer>>();
  const asked = request({ socketPath: door.socketPath, path, agent: false }, resolve);
  asked.once('error', reject);
  asked.end();
  let rest = '';
  for await (const part of await promise) {
    const pieces = (rest + String(part)).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) yield logRecordSchema.parse(JSON.parse(piece));
  }
}

function requestOf(workloadId: string, rest: Partial<WorkloadRequest> = {}): WorkloadRequest {
  return {
    workloadId,
    command: ['/bin/train', '--epochs', '3'],
    environment: { SEED: '1' },
    cards: { kind: 'any', count: 1, needs: {} },
    workingFolder: '/',
    stopWithinMs: 1000,
    ...rest,
  };
}

describe('an agent’s door', () => {
  it('is a socket that its own user alone can use, and says who answers', async () => {
    const door = await openAt(newFolder(), makeFakeExecutor(['rig/a']));
    expect(statSync(door.socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(join(door.socketPath, '..')).mode & 0o077).toBe(0);
    const { body } = await call(door, 'GET', '/');
    expect(doorSchema.parse(body)).toMatchObject({ version: '1.2.3', executor: 'fake', processId: process.pid });
  });

  it('starts a job once however often it is asked, and shows its command and since when it runs', async () => {
    const fake = makeFakeExecutor(['rig/a'], ({ workloadId }) => fake.happen(workloadId, 'began'));
    const door = await openAt(newFolder(), fake, { nowMs: () => 1_700_000_000_000 });
    const first = await call(door, 'POST', '/workloads', requestOf('train-1'));
    expect(first.status).toBe(200);
    expect(fake.started).toMatchObject([{ kind: 'job', survivesExecutor: true, environment: { SEED: '1' } }]);
    const again = await call(door, 'POST', '/workloads', requestOf('train-1'));
    expect([again.status, faultSchema.parse(again.body).code]).toEqual([409, 'workload-exists']);
    const { workloads } = workloadListSchema.parse((await call(door, 'GET', '/workloads')).body);
    expect(workloads).toMatchObject([
      {
        workloadId: 'train-1',
        state: 'running',
        stateSince: '2023-11-14T22:13:20.000Z',
        command: ['/bin/train', '--epochs', '3'],
        cardIds: ['rig/a'],
      },
    ]);
  });

  it('passes the executor’s refusals on whole, and keeps nothing of what was refused', async () => {
    const folder = newFolder();
    const door = await openAt(folder, makeFakeExecutor(['rig/a']));
    const refused = await call(door, 'POST', '/workloads', requestOf('w', { workingFolder: '/not/there' }));
    expect(refused.status).toBe(422);
    expect(faultSchema.parse(refused.body)).toMatchObject({
      code: 'workload-invalid',
      why: expect.stringMatching(/\/not\/there/),
    });
    expect(existsSync(join(folder, 'asked/w.json'))).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['an unknown field', { ...requestOf('w'), gpus: 1 }, 'gpus'],
    ['an id with a blank', requestOf('a b'), 'workloadId'],
    ['no command', { ...requestOf('w'), command: [] }, 'command'],
    ['too many cards', requestOf('w', { cards: { kind: 'any', count: 65, needs: {} } }), 'cards.count'],
  ])('refuses %s and names it', async (_, body, named) => {
    const door = await openAt(newFolder(), makeFakeExecutor(['rig/a']));
    const answer = await call(door, 'POST', '/workloads', body);
    expect(answer.status).toBe(400);
    expect(faultSchema.parse(answer.body).why).toContain(named);
  });

  it('streams a log with each change of its workload, and ends with the workload', async () => {
    const fake = makeFakeExecutor(['rig/a']);
    const door = await openAt(newFolder(), fake);
    await call(door, 'POST', '/workloads', requestOf('w'));
    const records: LogRecord[] = [];
    const read = (async () => {
      for await (const record of readLog(door, '/workloads/w/logs?from=0&follow=true')) records.push(record);
    })();
    await vi.waitFor(() => expect(records).toHaveLength(1));
    fake.write('w', 'one');
    fake.write('w', 'two');
    await vi.waitFor(() =>
      expect(records.flatMap((each) => (each.kind === 'log' ? each.lines : []))).toEqual(['one', 'two']),
    );
    fake.write('w', 'last');
    fake.happen('w', 'ended');
    await read;
    expect(records.map((each) => (each.kind === 'workload' ? each.workload.state : each.kind))).toEqual(
      expect.arrayContaining(['running', 'log']),
    );
    expect(records.at(-1)).toMatchObject({ kind: 'workload', workload: { state: 'stopped' } });
    const after = records.flatMap((each) => (each.kind === 'log' ? [each.nextLine] : [])).at(-1);
    expect(after).toBe(3);
    const rest: LogRecord[] = [];
    for await (const record of readLog(door, '/workloads/w/logs?from=2')) rest.push(record);
    expect(rest).toMatchObject([{ kind: 'log', lines: ['last'] }, { kind: 'workload' }]);
  });

  it('stops a workload, and answers once it has ended', async () => {
    const fake = makeFakeExecutor(['rig/a'], ({ workloadId }) => fake.happen(workloadId, 'began'));
    const door = await openAt(newFolder(), fake);
    await call(door, 'POST', '/workloads', requestOf('w'));
    const stopped = await call(door, 'POST', '/workloads/w/stop', { withinMs: 0 });
    expect(workloadViewSchema.parse(stopped.body).state).toBe('stopped');
    expect((await call(door, 'POST', '/workloads/other/stop')).status).toBe(404);
    expect((await call(door, 'GET', '/workloads/other/logs')).status).toBe(404);
  });

  it('takes a card out of use with a reason and brings it back', async () => {
    const door = await openAt(newFolder(), makeFakeExecutor(['rig/a', 'rig/b']));
    const target = { kind: 'card', cardId: 'rig/a' };
    expect((await call(door, 'POST', '/cards/drain', { target, why: 'fan is dead' })).status).toBe(200);
    const shown = async () => cardListSchema.parse((await call(door, 'GET', '/cards')).body).cards;
    expect(await shown()).toMatchObject([
      { standing: 'drained', standingWhy: 'fan is dead' },
      { standing: 'in-service' },
    ]);
    await call(door, 'POST', '/cards/resume', { target });
    expect(await shown()).toMatchObject([{ standing: 'in-service' }, { standing: 'in-service' }]);
    const unknown = { target: { kind: 'card', cardId: 'rig/c' }, why: 'x' };
    expect((await call(door, 'POST', '/cards/drain', unknown)).status).toBe(404);
  });

  it('knows commands and times again after a restart, and takes over the socket that a crash left', async () => {
    const folder = newFolder();
    const fake = makeFakeExecutor(['rig/a'], ({ workloadId }) => fake.happen(workloadId, 'began'));
    const first = await openAt(folder, fake, { nowMs: () => 1_700_000_000_000 });
    await call(first, 'POST', '/workloads', requestOf('w'));
    await first.close();
    writeFileSync(join(folder, 'run/agent.sock'), '');
    const second = await openAt(folder, fake, { nowMs: () => 1_800_000_000_000 });
    const view = workloadViewSchema.parse((await call(second, 'GET', '/workloads/w')).body);
    expect(view).toMatchObject({
      command: ['/bin/train', '--epochs', '3'],
      submittedAt: '2023-11-14T22:13:20.000Z',
      stateSince: '2023-11-14T22:13:20.000Z',
    });
  });

  it('refuses a socket at which another answers, or whose path is too long', async () => {
    const folder = newFolder();
    const fake = makeFakeExecutor(['rig/a']);
    const { socketPath } = await openAt(folder, fake);
    const options = { executor: fake, executorKind: 'fake' as const, askedFolder: join(folder, 'asked'), version: '1' };
    expect(await openDoor({ ...options, socketPath })).toMatchObject({ code: 'door-taken' });
    const long = join(folder, 'x'.repeat(100), 'agent.sock');
    expect(await openDoor({ ...options, socketPath: long })).toMatchObject({ code: 'door-path-too-long' });
  });

  it('is busy while a workload is on its way or somebody reads, and not for ever where a reader goes away', async () => {
    const fake = makeFakeExecutor(['rig/a']);
    const door = await openAt(newFolder(), fake);
    expect(await door.isBusy()).toBe(false);
    await call(door, 'POST', '/workloads', requestOf('w'));
    expect(await door.isBusy()).toBe(true);
    for await (const _ of readLog(door, '/workloads/w/logs?follow=true')) break;
    await call(door, 'POST', '/workloads/w/stop');
    await vi.waitFor(async () => expect(await door.isBusy()).toBe(false));
  });

  it('gives its executor up to who asks, where it may', async () => {
    const folder = newFolder();
    const kept = await openAt(folder, makeFakeExecutor(['rig/a']));
    expect((await call(kept, 'POST', '/give-up')).status).toBe(409);
    await kept.close();
    let isGiven = false;
    const giveUp = async () => {
      isGiven = true;
    };
    const transient = await openAt(folder, makeFakeExecutor(['rig/a']), { giveUp });
    expect((await call(transient, 'POST', '/give-up')).status).toBe(200);
    await transient.givenUp;
    expect(isGiven).toBe(true);
  });
});
