import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const RUN_LIMIT_MS = 20_000;

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function predict(args: readonly string[], stdin: string | Uint8Array = ''): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  const child = execFile(
    process.execPath,
    [join(import.meta.dirname, 'rerig.ts'), 'predict', ...args],
    { timeout: RUN_LIMIT_MS },
    (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    },
  );
  child.stdin?.end(stdin);
  return promise;
}

const request = {
  ...{ card: 'GTX 1080', route: 'cuda', parameters: 8.03e9, activeParameters: null, weightsBytes: 4.9e9 },
  ...{ quantization: 'Q4_K_M', promptTokens: 512, generateTokens: 128 },
};

function asking(changed: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...request, ...changed });
}

/** What is asked, and the fault's code or the one card that is answered for. */
const lines: readonly (readonly [line: string, told: string])[] = [
  [asking(), 'GTX 1080'],
  ['{"card":"GTX 1080",', 'predict-request-invalid'],
  [asking({ card: 'RX 580 8GB', route: 'vulkan' }), 'RX 580 8GB'],
  ['null', 'predict-request-invalid'],
  ['[1,2,3]', 'predict-request-invalid'],
  ['"GTX 1080"', 'predict-request-invalid'],
  ['GTX 1080', 'predict-request-invalid'],
  [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'predict-request-invalid'],
  [asking({ card: 'x'.repeat(70_000) }), 'predict-request-invalid'],
  [asking({ card: 'Voodoo 9000' }), 'predict-card-unknown'],
  [asking({ card: 'GTX\u2028 1080' }), 'GTX 1080'],
  [asking({ quantization: 'unheard of' }), 'predict-quantization-unknown'],
  [asking({ route: 'rocm' }), 'predict-route-missing'],
  [asking({ parameters: -1 }), 'predict-request-invalid'],
  [asking({ parameters: '8e9' }), 'predict-request-invalid'],
  [asking({ promptTokens: 0.5 }), 'predict-request-invalid'],
  ['{"card":"GTX 1080","parameters":1e999,"quantization":"Q4_K_M"}', 'predict-request-invalid'],
  [`\uFEFF${asking({ card: 'RTX 3090' })}`, 'RTX 3090'],
  [`  ${asking({ card: 'CMP 40HX', unheard: [{}] })}\t`, 'CMP 40HX'],
  ['{"card":"P106-100","parameters":1.24e9,"quantization":"Q8_0"}', 'P106-100'],
];

describe('rerig predict --stdin', () => {
  it('answers each line by one line, in their order, bad lines between good ones', async () => {
    const { status, stdout, stderr } = await predict(['--stdin'], lines.map(([line]) => line).join('\n'));
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.endsWith('\n')).toBe(true);
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map(({ fault, cards }) => fault?.code ?? cards.join())).toEqual(lines.map(([, told]) => told));
    for (const { fault, ...answer } of answers) {
      if (fault !== undefined) {
        expect([fault.what, fault.why, fault.mend].every((words) => words.length > 0 && words.length < 600)).toBe(true);
        continue;
      }
      const { fits, generateTokensPerSecond: generated, promptTokensPerSecond: prompted, evidence, why } = answer;
      expect([fits, typeof why]).toEqual([true, 'string']);
      expect(['measured-card', 'measured-model', 'predicted']).toContain(evidence);
      for (const { low, mid, high } of [generated, prompted]) expect(0 < low && low <= mid && mid <= high).toBe(true);
    }
  });

  it.each([
    ['CRLF line ends', `${asking()}\r\n${asking()}\r\n`, 2],
    ['a last line without an end', `${asking()}\n${asking()}`, 2],
    ['nothing', '', 0],
    ['empty lines, which ask nothing', `\n\n${asking()}\n \n`, 1],
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe, 0x00, 0x0a, 0x80, 0x0a), 2],
  ])('reads %s', async (_name, stdin, answerCount) => {
    const { status, stdout } = await predict(['--stdin'], stdin);
    const answers = stdout.split('\n').filter((line) => line !== '');
    expect([status, answers.length]).toEqual([0, answerCount]);
    for (const answer of answers) expect(() => JSON.parse(answer)).not.toThrow();
  });
});

describe('rerig predict', () => {
  it('tells of one card by name what fits and how fast, within 80 columns', async () => {
    const { status, stdout } = await predict(['GTX 1080 Ti']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/8B Q4_K_M\s+yes/);
    expect(stdout).toMatch(/32B Q4_K_M\s+no/);
    expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });

  it('refuses an unknown card with what, why and mend and status 1, and no card as wrong usage', async () => {
    const [unknown, none] = await Promise.all([predict(['Voodoo 9000', '--json']), predict([])]);
    expect(unknown.status).toBe(1);
    expect(JSON.parse(unknown.stdout).fault.code).toBe('predict-card-unknown');
    expect(none.status).toBe(2);
  });
});
