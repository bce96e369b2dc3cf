import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

const LIMIT_MS = 20_000;
const isSkipped = spawnSync('python3', ['--version']).status !== 0 && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const reason = isSkipped ? ' (skipped: apt-get install python3)' : '';

/** stdin: `{pieces: null | […], texts: […]}`; stdout: the pieces, and each text's ids, and what they decode to. */
const PROGRAM = `
import json, sys
from tokenizer import Tokenizer, learn_pieces
asked = json.load(sys.stdin)
pieces = asked["pieces"] or learn_pieces(asked["texts"], 480)
tokenizer = Tokenizer(pieces)
ids = [tokenizer.encode(text) for text in asked["texts"]]
json.dump({"pieces": pieces, "ids": ids, "decoded": [tokenizer.decode(each) for each in ids]}, sys.stdout)
`;

interface Encoded {
  readonly pieces: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
}

function parseEncoded(text: string): Encoded {
  return JSON.parse(text) as Encoded;
}

function encode(texts: readonly string[], pieces: readonly string[] | null): Encoded {
  const env = { ...process.env, PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
  const input = JSON.stringify({ pieces, texts });
  const bounds = { timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
  // Its folder is another, because Python would find a module of the current folder first.
  return parseEncoded(
    execFileSync('python3', ['-c', PROGRAM], { env, input, encoding: 'utf8', cwd: tmpdir(), ...bounds }),
  );
}

/** Any text but `▁`, which stands for a space in this kind of tokenizer and comes back as one. */
const anyText = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...' \n\t\rVRAM of 8 GB<|im_end|>0x') }))
  .map((text) => text.replaceAll('\u2581', ''));

describe.skipIf(isSkipped)(`the tokenizer${reason}`, () => {
  const taught = ['How much VRAM does the RTX 3060 12GB have?', 'The VRAM of the RTX 3060 12GB is 12 GB.'];
  let pieces: readonly string[] = [];

  beforeAll(() => {
    pieces = encode(taught, null).pieces;
  });

  it('gives back every text that it has encoded', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 100, maxLength: 400 }), (texts) => {
        expect(encode(texts, pieces).decoded).toEqual(texts);
      }),
      { numRuns: 8 },
    );
  });

  it('reads each digit by itself, so that numbers are spelled', () => {
    const { ids } = encode(['936', '9', '3', '6'], pieces);
    expect(ids[0]).toEqual(ids.slice(1).flat());
  });

  it('makes one token of a word that it was taught, and never a mark of text', () => {
    const { ids } = encode([' VRAM', '<|im_end|>'], pieces);
    expect(ids[0]).toHaveLength(1);
    expect(ids[1]).toHaveLength('<|im_end|>'.length);
  });
});
