import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_RECIPE, writeRandomModel } from '@rerig/models/gguf-writing';
import { type RunningRerig, startRerig } from './running-rerig.ts';

/** The model that ships, which writes text. */
export const WRITER = 'rigger-5m';
/** A model with random weights whose file says that it gives vectors: its numbers mean nothing, its shape does. */
export const EMBEDDER = 'random-embedder';

/** `rerig up` with a model that writes and one that gives vectors, which share the machine's one card. */
export async function startWithBoth(): Promise<RunningRerig> {
  const folder = mkdtempSync(join(tmpdir(), 'rerig-models-'));
  const embedder = join(folder, `${EMBEDDER}.gguf`);
  writeRandomModel(embedder, { ...TINY_RECIPE, name: EMBEDDER, pooling: 'mean', chatTemplate: null });
  const writer = join(import.meta.dirname, '../../training/model/rigger-5m.gguf');
  const rerig = await startRerig(['--model', writer, '--model', embedder]);
  return {
    ...rerig,
    stop: async () => {
      await rerig.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
