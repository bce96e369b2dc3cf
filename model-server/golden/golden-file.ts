import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { type ServeFault, serveFault } from '../faults.ts';

/** What a machine that is trusted has computed of a model, to compare others with. */
export interface GoldenExpectation {
  readonly promptTokens: readonly number[];
  /** What it wrote after the prompt, always taking the likeliest token. */
  readonly tokens: readonly number[];
}

const tokensSchema = z.array(z.int().min(0)).min(1).max(4096);
const goldenFileSchema = z.object({ promptTokens: tokensSchema, tokens: tokensSchema, buildVariant: z.string() });

/** Most bytes of such a file: its two lists are short. */
const FILE_BYTES_MAX = 256 * 1024;

/** The file that holds a model's expectation: `FILE.gguf.golden.json`. */
export function goldenPathOf(modelPath: string): string {
  return `${modelPath}.golden.json`;
}

/** The expectation beside a model file, or `undefined` where there is none. Refuses one that can't be read. */
export function readGolden(modelPath: string): GoldenExpectation | ServeFault | undefined {
  const path = goldenPathOf(modelPath);
  if (!existsSync(path)) return undefined;
  try {
    const text = readFileSync(path, 'utf8').slice(0, FILE_BYTES_MAX);
    const parsed = goldenFileSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : unreadable(path, parsed.error.issues[0]?.message ?? 'its form is another');
  } catch (error) {
    return unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

/** Records what this machine computed beside the model file. */
export function writeGolden(
  modelPath: string,
  report: GoldenExpectation,
  buildVariant: string,
): ServeFault | undefined {
  const { promptTokens, tokens } = report;
  const path = goldenPathOf(modelPath);
  try {
    writeFileSync(path, `${JSON.stringify({ promptTokens, tokens, buildVariant })}\n`);
    return undefined;
  } catch (error) {
    return serveFault('golden_file_unusable', {
      what: `The golden file ${path} can't be written.`,
      why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Make the folder of the model writable, or start without --write-golden.',
    });
  }
}

function unreadable(path: string, why: string): ServeFault {
  return serveFault('golden_file_unusable', {
    what: `The golden file ${path} can't be read.`,
    why: `It is not one that --write-golden wrote: ${why}.`,
    mend: 'Write it again on a machine that you trust with --write-golden, or remove it.',
  });
}
