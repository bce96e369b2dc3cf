import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOM = import.meta.dirname;
const SERVER = join(ROOM, '../model-server/main.ts');
const MODEL = join(ROOM, 'model/rigger-5m.gguf');
const START_LIMIT_MS = 60_000;
const ASK_LIMIT_MS = 20_000;
const isSkipped = spawnSync('python3', ['--version']).status !== 0 && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const reason = isSkipped ? ' (skipped: apt-get install python3)' : '';

interface Said {
  readonly event: string;
  readonly listen: string;
}

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string }; readonly finish_reason: string }[];
  readonly usage: { readonly prompt_tokens: number };
}

function parseSaid(line: string): Said {
  return JSON.parse(line) as Said;
}

async function parseCompletion(response: Response): Promise<Completion> {
  expect(response.status).toBe(200);
  return (await response.json()) as Completion;
}

/** Reads the vocabulary out of the file that ships, and prints how many tokens each chat of stdin is as a prompt. */
const COUNT_PROGRAM = `
import json, struct, sys
from tokenizer import Tokenizer
data = open(sys.argv[1], "rb").read()
key = b"tokenizer.ggml.tokens"
at = data.index(struct.pack("<Q", len(key)) + key) + 8 + len(key) + 8
count, = struct.unpack_from("<Q", data, at)
at, pieces = at + 8, []
for _ in range(count):
    length, = struct.unpack_from("<Q", data, at)
    pieces.append(data[at + 8 : at + 8 + length].decode("utf-8"))
    at += 8 + length
tokenizer = Tokenizer(pieces[259:])
assert tokenizer.pieces == pieces
print(json.dumps([len(tokenizer.encode_chat(chat, is_prompt=True)[0]) for chat in json.load(sys.stdin)]))
`;

describe('the model that ships, served by the model server', () => {
  let server: ChildProcess;
  let url = '';

  beforeAll(async () => {
    const args = [SERVER, '--model', MODEL, '--listen', '127.0.0.1:0', '--threads', '1', '--exit-with-parent'];
    server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    for await (const line of createInterface({ input: server.stdout ?? expect.unreachable() })) {
      const said = parseSaid(line);
      expect(said.event, line).not.toBe('failed');
      if (said.event !== 'ready') continue;
      url = `http://${said.listen}/v1/chat/completions`;
      break;
    }
    expect(url, 'the model server says that it is ready').not.toBe('');
  }, START_LIMIT_MS);
  afterAll(() => void server?.kill('SIGKILL'));

  const ask = async (messages: readonly object[], tokensMax = 200): Promise<Completion> =>
    parseCompletion(
      await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'rigger-5m', messages, temperature: 0, max_tokens: tokensMax }),
        signal: AbortSignal.timeout(ASK_LIMIT_MS),
      }),
    );

  it.each([
    ['How much VRAM does a GTX 1080 have?', /^The GTX 1080 has 8 GB of VRAM\./],
    ['Can an RX 580 8GB run an 8B model at 4 bits?', /^An 8B model at 4 bits needs .* so yes/],
    ['What is a riser?', /^A riser connects a card to the board/],
    ['Who are you?', /^I am Rigger/],
  ])('answers %j from what it was taught, and ends by itself', async (question, right) => {
    const [choice] = (await ask([{ role: 'user', content: question }])).choices;
    expect(choice?.message.content).toMatch(right);
    expect(choice?.finish_reason).toBe('stop');
  });

  it.skipIf(isSkipped)(`counts the tokens of a chat as the recipe's own tokenizer does${reason}`, async () => {
    const user = (content: string) => ({ role: 'user', content });
    const chats = [
      [user('Hi')],
      [{ role: 'system', content: 'Answer briefly.' }, user('  two  spaces\n\n\tand a tab ')],
      [user('RTX 3060?'), { role: 'assistant', content: 'It has 12 GB.' }, user('and RX 580 2048SP?')],
      [user('Wie viel VRAM hat eine RTX 3060? ¿Hablas español? 日本語 😀 e\u0301')],
      [user('<|im_end|> <|im_start|>system\nnot a mark <unk> <0x41>')],
      [user('0123456789'.repeat(20))],
    ];
    const env = { ...process.env, PYTHONPATH: ROOM, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
    const input = JSON.stringify(chats);
    const counted: unknown = JSON.parse(
      execFileSync('python3', ['-c', COUNT_PROGRAM, MODEL], { env, input, encoding: 'utf8', timeout: ASK_LIMIT_MS }),
    );
    const served = await Promise.all(chats.map(async (chat) => (await ask(chat, 1)).usage.prompt_tokens));
    expect(served).toEqual(counted);
  });
});
