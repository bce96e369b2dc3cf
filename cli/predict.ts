import { FaultError, isFault } from '@rerig/domain/fault';
import {
  type Interval,
  MOST_WEIGHTS_BYTES,
  type PredictAnswer,
  predict,
  predictFault,
  standardWorkloads,
} from '@rerig/domain/grading';
import { formatBytes } from '@rerig/domain/quantity';
import { Command } from 'commander';
import { z } from 'zod';
import { type BoundedLine, boundedLines } from './bounded-lines.ts';
import { renderTable } from './table.ts';

/** The longest request that is read: one has about 300 characters. */
const LONGEST_REQUEST_CHARACTERS = 64 * 1024;

const requestSchema = z.object({
  card: z.string().min(1).max(200),
  route: z.string().max(40).nullish(),
  parameters: z.number().positive().max(1e13),
  activeParameters: z.number().positive().max(1e13).nullish(),
  weightsBytes: z.number().positive().max(MOST_WEIGHTS_BYTES).nullish(),
  quantization: z.string().min(1).max(80),
  promptTokens: z.number().int().min(1).max(1e7).optional(),
  generateTokens: z.number().int().min(0).max(1e7).optional(),
});

interface PredictOptions {
  readonly stdin?: boolean;
  readonly route?: string;
  readonly json?: boolean;
}

const HELP = `
With --stdin each line is one request and gives one line:
  {"card":"GTX 1080","route":"cuda","parameters":8.03e9,
   "activeParameters":null,"weightsBytes":4.9e9,"quantization":"Q4_K_M",
   "promptTokens":512,"generateTokens":128}
  {"fits":true,"generateTokensPerSecond":{"low":..,"mid":..,"high":..},
   "promptTokensPerSecond":{..},"evidence":"predicted","why":"…", …}
A line that can't be answered gives {"fault":{code, what, why, mend}}, and the
next one is read. low to high is a 90 % interval. One stream, model in VRAM.

Examples:
  $ rerig predict "GTX 1080 Ti"
  $ rerig predict "RX 580 8GB" --route vulkan --json
  $ rerig predict --stdin < requests.jsonl > answers.jsonl`;

/** `rerig predict`: what fits a card and how fast, by its name alone. */
export function predictCommand(): Command {
  return new Command('predict')
    .description('Tell which language models fit a card and how fast it runs them, with the uncertainty.')
    .argument('[card]', 'its name as the driver prints it')
    .option('--stdin', 'answer JSON requests, one a line')
    .option('--route <route>', 'cuda, rocm or vulkan (default: the best that drives the card)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(card: string | undefined, options: PredictOptions, command: Command): Promise<void> {
  if (options.stdin === true) return answerLines();
  if (card === undefined) return command.error("error: give a card's name, or --stdin");
  const answers = standardWorkloads.map(({ name, parameterCount, weightsBytes, quantization }) => {
    const asked = { card, parameters: parameterCount, weightsBytes, quantization };
    const answer = predict(options.route === undefined ? asked : { ...asked, route: options.route });
    if (isFault(answer)) throw new FaultError(answer);
    return { workload: name, ...answer };
  });
  process.stdout.write(options.json === true ? `${JSON.stringify({ answers }, null, 2)}\n` : tableOf(answers));
}

async function answerLines(): Promise<void> {
  for await (const line of boundedLines(process.stdin.setEncoding('utf8'), LONGEST_REQUEST_CHARACTERS)) {
    if (line.text.trim() === '' && line.text.length === line.characterCount) continue;
    const answer = answerLine(line);
    const document = isFault(answer) ? { fault: answer } : answer;
    if (!process.stdout.write(`${JSON.stringify(document)}\n`))
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  }
}

function answerLine({ text, characterCount }: BoundedLine): ReturnType<typeof predict> {
  if (characterCount > text.length) return invalid(`It has ${characterCount} characters.`);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return invalid(`It is no JSON: ${error instanceof Error ? error.message.slice(0, 160) : 'unreadable'}.`);
  }
  const parsed = requestSchema.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the request'}: ${message}`);
    return invalid(`${issues.slice(0, 3).join('; ')}.`);
  }
  const { route, promptTokens, generateTokens, activeParameters, weightsBytes, ...asked } = parsed.data;
  return predict({
    ...asked,
    activeParameters: activeParameters ?? null,
    weightsBytes: weightsBytes ?? null,
    ...(route == null ? {} : { route }),
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(generateTokens === undefined ? {} : { generateTokens }),
  });
}

function invalid(why: string): ReturnType<typeof predict> {
  return predictFault('predict-request-invalid', {
    what: 'A request can’t be read.',
    why,
    mend: 'Give one JSON object a line with card, parameters and quantization; see "rerig predict --help".',
  });
}

function tableOf(answers: readonly (PredictAnswer & { readonly workload: string })[]): string {
  const [first] = answers;
  if (first === undefined) return '';
  const rows = answers.map(({ workload, fits, generateTokensPerSecond, promptTokensPerSecond, evidence }) => [
    workload,
    fits ? 'yes' : 'no',
    fits ? rangeText(generateTokensPerSecond) : '–',
    fits ? rangeText(promptTokensPerSecond) : '–',
    fits ? evidence : '–',
  ]);
  const vram = first.vramBytes === null ? 'VRAM unknown' : `${formatBytes(first.vramBytes)} of VRAM`;
  const fitting = answers.findLast(({ fits }) => fits);
  return [
    `${first.cards.join(' or ')}, ${vram}, by ${first.route}`,
    '',
    renderTable(['model', 'fits', 'tokens/s generated', 'prompt tokens/s', 'evidence'], rows),
    '',
    'Middle and 90 % interval; one stream, 512 tokens of prompt, 128 of answer.',
    ...(fitting === undefined ? ['None of these fits.'] : []),
    '',
  ].join('\n');
}

function rangeText(interval: Interval | null): string {
  if (interval === null) return '–';
  const { low, mid, high } = interval;
  const text = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));
  return `${text(mid)} (${text(low)}–${text(high)})`;
}
