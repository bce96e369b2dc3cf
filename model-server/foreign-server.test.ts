import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isFault } from '@rerig/domain/fault';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseForeignServerArguments } from './foreign-server.ts';

const MAIN = join(import.meta.dirname, 'foreign-server/main.ts');
const LLAMA_SERVER = join(
  process.env.RERIG_BENCH_CACHE ?? join(homedir(), '.cache/rerig'),
  'llama.cpp-v0.5.0/build/bin/llama-server',
);
const lacksLlamaServer = !existsSync(LLAMA_SERVER) && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const MODEL = join(import.meta.dirname, '../training/model/rigger-5m.gguf');

/** A server that is a process of its own: it writes its pid and its child's to a file, and serves one model. */
const OTHER_SERVER = `
  const { createServer } = require('node:http');
  const { spawn } = require('node:child_process');
  const { writeFileSync } = require('node:fs');
  const [port, pids] = process.argv.slice(1);
  const child = spawn('sleep', ['600']);
  writeFileSync(pids, process.pid + ' ' + child.pid);
  createServer((request, response) => {
    if (request.url !== '/v1/models') return response.writeHead(404).end();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'org/Tiny', max_model_len: 2048 }] }));
  }).listen(Number(port), '127.0.0.1');
`;

/** A watcher in a process of its own, and all that it says. */
class Watcher {
  readonly child: ChildProcess;
  readonly events: { readonly event: string; readonly [key: string]: unknown }[] = [];

  constructor(values: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...values], { stdio: ['pipe', 'pipe', 'ignore'] });
    if (this.child.stdout === null) return;
    createInterface(this.child.stdout).on('line', (line) => this.events.push(JSON.parse(line)));
  }

  async told(event: string, count = 1): Promise<void> {
    await expect.poll(() => this.events.filter((each) => each.event === event).length, { timeout: 30_000 }).toBe(count);
  }

  async end(signal: NodeJS.Signals): Promise<unknown> {
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    return (await ended)[0];
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    // Neither there nor to be read: it has ended.
    return false;
  }
}

describe('another server', () => {
  let folder: string;
  let watchers: Watcher[];
  let server: Server | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rerig-foreign-'));
    watchers = [];
  });
  afterEach(async () => {
    for (const { child } of watchers) if (child.exitCode === null) child.kill('SIGKILL');
    server?.closeAllConnections();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  function watch(...values: readonly string[]): Watcher {
    const watcher = new Watcher(values);
    watchers.push(watcher);
    return watcher;
  }

  /** A server of this process, which answers by `answer`; gives its port. */
  async function open(answer: (url: string) => { readonly status: number; readonly body?: unknown } | null, port = 0) {
    server = createServer((request, response) => {
      const answered = answer(request.url ?? '');
      // Null: it hangs.
      if (answered !== null) response.writeHead(answered.status).end(JSON.stringify(answered.body ?? {}));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  const pidsFile = () => join(folder, 'pids');
  const startCommand = (...rest: readonly string[]) =>
    watch('--name', 'tiny', ...rest, '--', process.execPath, '-e', OTHER_SERVER, '{port}', pidsFile());

  it('is started by its command on a free port, and says what it serves', async () => {
    const watcher = startCommand();
    await watcher.told('ready');
    expect(watcher.events).toMatchObject([
      { event: 'loading', model: 'tiny' },
      {
        ...{ event: 'ready', listen: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), model: 'tiny' },
        ...{ upstreamModel: 'org/Tiny', contextTokens: 2048, parallelCount: 8, serverKind: 'other', pathPrefix: '' },
      },
    ]);
    const pids = readFileSync(pidsFile(), 'utf8').split(' ').map(Number);
    expect(pids.map(isAlive)).toEqual([true, true]);
    expect(await watcher.end('SIGTERM')).toBe(0);
    await expect.poll(() => pids.map(isAlive)).toEqual([false, false]);
  }, 60_000);

  it('is ended, with all that it started, when the parent of its watcher is gone', async () => {
    const watcher = startCommand('--exit-with-parent');
    await watcher.told('ready');
    const pids = readFileSync(pidsFile(), 'utf8').split(' ').map(Number);
    watcher.child.stdin?.end();
    await expect.poll(() => pids.map(isAlive), { timeout: 15_000 }).toEqual([false, false]);
  }, 60_000);

  it('that dies is told at once', async () => {
    const watcher = startCommand();
    await watcher.told('ready');
    process.kill(Number(readFileSync(pidsFile(), 'utf8').split(' ')[0]), 'SIGKILL');
    await watcher.told('failed');
    expect(watcher.events.at(-1)).toMatchObject({
      fault: { code: 'command_ended', why: expect.stringMatching(/SIGKILL/) },
    });
  }, 60_000);

  it('that is watched is told to be unhealthy when it hangs, and ready when it is back', async () => {
    let isHanging = false;
    const models = { data: [{ id: 'llama3:latest' }, { id: 'llama3:70b' }, { id: 'other' }] };
    const port = await open((url) =>
      isHanging ? null : url === '/base/v1/models' ? { status: 200, body: models } : { status: 404 },
    );
    const watcher = watch('--name', 'llama3', '--server', `http://127.0.0.1:${port}/base/v1/`, '--context', '99');
    await watcher.told('ready');
    expect(watcher.events.at(-1)).toMatchObject({
      ...{ listen: `http://127.0.0.1:${port}`, pathPrefix: '/base', upstreamModel: 'llama3:latest', contextTokens: 99 },
    });
    isHanging = true;
    await watcher.told('unhealthy');
    expect(watcher.events.at(-1)).toMatchObject({ fault: { code: 'server_unhealthy', retry: 'later' } });
    isHanging = false;
    await watcher.told('ready', 2);
  }, 60_000);

  it('whose watcher an agent keeps ends it when the server is gone, and is waited for when it starts again', async () => {
    const port = await open(() => ({ status: 200, body: { data: [{ id: 'm' }] } }));
    const values = ['--name', 'm', '--server', `http://127.0.0.1:${port}`, '--exit-with-parent'];
    const watcher = watch(...values);
    await watcher.told('ready');
    server?.closeAllConnections();
    server?.close();
    await watcher.told('failed');
    const again = watch(...values);
    await again.told('loading');
    await open(() => ({ status: 200, body: { data: [{ id: 'm' }] } }), port);
    await again.told('ready');
  }, 60_000);

  it('that does not serve the model is refused with what it serves', async () => {
    const port = await open(() => ({ status: 200, body: { data: [{ id: 'a' }, { id: 'b' }] } }));
    const watcher = watch('--name', 'm', '--server', `http://127.0.0.1:${port}`);
    await watcher.told('failed');
    expect(watcher.events.at(-1)).toMatchObject({ fault: { code: 'model_not_served', why: 'It serves a, b.' } });
  }, 60_000);

  it('whose program is not there is a fault', async () => {
    const watcher = watch('--name', 'm', '--', '/nowhere/vllm', '{port}');
    await watcher.told('failed');
    expect(watcher.events.at(-1)).toMatchObject({ fault: { code: 'command_not_started' } });
  }, 60_000);

  it.skipIf(lacksLlamaServer)(
    'is llama-server, which says its slots and context (needs llama-server built)',
    async () => {
      const options = ['-c', '1024', '-np', '2', '-t', '1', '--port', '{port}'];
      const watcher = watch('--name', 'rigger', '--', LLAMA_SERVER, '-m', MODEL, ...options);
      await watcher.told('ready');
      const ready = watcher.events.at(-1);
      expect(ready).toMatchObject({ parallelCount: 2, contextTokens: 512 });
      const answer = await fetch(`${ready?.listen}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({
          model: ready?.upstreamModel,
          messages: [{ role: 'user', content: 'Hello' }],
          max_tokens: 4,
        }),
      });
      expect(answer.status).toBe(200);
      expect(await watcher.end('SIGTERM')).toBe(0);
    },
    60_000,
  );

  it.each([
    ['nothing', []],
    ['neither address nor command', ['--name', 'm']],
    ['an address that is none', ['--name', 'm', '--server', 'localhost:11434']],
    ['a port and an address', ['--name', 'm', '--server', 'http://h', '--', 'x', '{port}']],
    ['a command that listens nobody knows where', ['--name', 'm', '--', 'x']],
    ['a count that is none', ['--name', 'm', '--server', 'http://h', '--parallel', '0']],
    ['a door that is none', ['--name', 'm', '--server', 'http://h', '--doors', 'chat,images']],
    ['a flag that is none', ['--name', 'm', '--server', 'http://h', '--fast']],
  ])('is refused with %s', (_, values) => {
    const refused = parseForeignServerArguments(values);
    expect(isFault(refused) && refused.code).toBe('wrong_options');
  });

  it('may be started at a known address', () => {
    expect(parseForeignServerArguments(['--name', 'm', '--server', 'http://h:1/v1', '--', 'x'])).toMatchObject({
      ...{ address: 'http://h:1', command: ['x'], doors: ['chat', 'completions'] },
    });
  });
});
