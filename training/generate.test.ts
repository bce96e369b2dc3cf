import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type CardModel, cardModels } from '@rerig/domain/cards';
import { gradeCard } from '@rerig/domain/grading';
import { GIB } from '@rerig/domain/quantity';
import { beforeAll, describe, expect, it } from 'vitest';

const LIMIT_MS = 20_000;
const SAMPLE_COUNT = 6000;
/** Each kind of sentence is drawn more often than this; fewer would mean that the test no longer reads it. */
const SENTENCES_MIN = 50;
const isSkipped = spawnSync('python3', ['--version']).status !== 0 && process.env.RERIG_REQUIRE_INTEGRATION !== '1';
const reason = isSkipped ? ' (skipped: apt-get install python3)' : '';

interface Message {
  readonly role: string;
  readonly content: string;
}

function parseSample(line: string): readonly Message[] {
  return JSON.parse(line) as readonly Message[];
}

function drawAnswers(): readonly string[] {
  const facts = execFileSync(process.execPath, [join(import.meta.dirname, 'export-facts.ts')], { timeout: LIMIT_MS });
  const args = ['generate.py', '--facts', '-', '--seed', '5', '--count', String(SAMPLE_COUNT)];
  const limits = { timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
  const text = execFileSync('python3', args, { cwd: import.meta.dirname, input: facts, encoding: 'utf8', ...limits });
  const messages = text.trimEnd().split('\n').flatMap(parseSample);
  return messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
}

function cardNamed(name: string | undefined): CardModel {
  const found = cardModels.find((model) => model.name === name);
  expect(found, `the catalogue has ${name}`).toBeDefined();
  return found ?? expect.unreachable();
}

function gradeOf({ modelId, name, vendor, vramBytes }: CardModel) {
  return gradeCard({ cardId: modelId, kind: 'gpu', name, vendor, ...(vramBytes === undefined ? {} : { vramBytes }) });
}

describe.skipIf(isSkipped)(`what the model is taught${reason}`, () => {
  let answers: readonly string[] = [];
  /** The sentences of this form, each as [card, what is said of it]. */
  const said = (form: RegExp): readonly (readonly [CardModel, string])[] => {
    const found = answers.flatMap((answer) => [...answer.matchAll(form)]);
    expect(found.length).toBeGreaterThan(SENTENCES_MIN);
    return found.map(([, name, figure]) => [cardNamed(name), figure ?? '']);
  };

  beforeAll(() => {
    answers = drawAnswers();
  });

  it('gives each card the VRAM of the catalogue', () => {
    for (const [card, gibibytes] of said(/The ([^.]+?) has ([\d.]+) GB(?: of VRAM|,|:)/g)) {
      expect(Number(gibibytes) * GIB, card.name).toBe(card.vramBytes);
    }
  });

  it('gives each card the memory bandwidth of the catalogue, to six digits', () => {
    for (const [card, gigabytes] of said(/The ([^.]+?) has a memory bandwidth of ([\d.]+) GB\/s/g)) {
      expect(Number(gigabytes), card.name).toBeCloseTo((card.memoryBandwidthBytesPerSecond ?? Number.NaN) / 1e9, 2);
    }
  });

  it('gives each card the grade that the product gives it', () => {
    for (const [card, grade] of said(/The ([^.]+?) has [\d.]+ GB of VRAM\. Its predicted grade is ([A-E])/g)) {
      expect(gradeOf(card).grade, card.name).toBe(grade);
    }
  });

  it('says of an 8B model at 4 bits that it fits where the grading says so, and nowhere else', () => {
    const about8B = answers.filter((answer) => answer.startsWith('An 8B model at 4 bits needs'));
    const verdicts = about8B.flatMap((answer) => [
      ...answer.matchAll(/The ([^.:]+?) has [\d.]+ GB(?:, so|:) (yes|no)/g),
    ]);
    expect(verdicts.length).toBeGreaterThan(SENTENCES_MIN);
    for (const [, name, verdict] of verdicts) {
      const fit = gradeOf(cardNamed(name)).fits.find(({ workload }) => workload.name === '8B Q4_K_M');
      expect(fit?.isFitting, name).toBe(verdict === 'yes');
    }
  });
});
