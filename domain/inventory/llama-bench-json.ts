import { isJsonObject, type JsonObject, listOf, numberOf, positiveOf, textOf } from './fields.ts';
import type { JsonFormat } from './format.ts';
import { type BenchRow, readBenchRun } from './llama-bench-rows.ts';

/** `llama-bench -o json`, a list of tests, and `-o jsonl`, one a line. */
export const llamaBenchJson: JsonFormat = {
  kind: 'json',
  name: 'llama-bench',
  title: 'llama-bench JSON',
  read(value, source) {
    const tests = (Array.isArray(value) ? listOf(value) : [value]).filter(isJsonObject).filter(isTest);
    const [first] = tests;
    if (first === undefined) return undefined;
    return readBenchRun(
      {
        rows: tests.map(rowOfTest),
        cardNames: cardNamesOf(first.gpu_info),
        cpuName: textOf(first.cpu_info),
        ranAt: textOf(tests.at(-1)?.test_time),
      },
      source,
    );
  },
};

/** Whether an object is a test of llama-bench, of JSON or of a row of CSV. */
export function isTest(value: JsonObject): boolean {
  return 'avg_ts' in value && 'n_prompt' in value && 'n_gen' in value && 'model_type' in value;
}

/** `NVIDIA GeForce RTX 3090, NVIDIA GeForce RTX 3060`; older builds part them by `/`. */
export function cardNamesOf(value: unknown): readonly string[] {
  return (textOf(value) ?? '')
    .split(/\s*[,/]\s*(?=nvidia|amd|ati|radeon|geforce|intel|tesla|quadro|gtx|rtx)/i)
    .flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

/** A test as JSON and CSV have it; units are tokens and bytes. */
export function rowOfTest(test: JsonObject): BenchRow {
  const promptCount = positiveOf(test.n_prompt) ?? 0;
  const generateCount = positiveOf(test.n_gen) ?? 0;
  const names = [promptCount > 0 ? `pp${promptCount}` : '', generateCount > 0 ? `tg${generateCount}` : ''];
  const depthCount = positiveOf(test.n_depth) ?? 0;
  return {
    modelName: textOf(test.model_type) ?? 'a model without a name',
    weightsBytes: positiveOf(test.model_size),
    parameterCount: positiveOf(test.model_n_params),
    backend: backendOf(test),
    layerCount: numberOf(test.n_gpu_layers),
    cardPlace: cardPlaceOf(test),
    promptCount,
    generateCount,
    depthCount,
    tokensPerSecond: positiveOf(test.avg_ts) ?? 0,
    test: `${names.filter((name) => name !== '').join('+')}${depthCount > 0 ? ` @ d${depthCount}` : ''}`,
  };
}

/** Newer builds name it under `backends`; older ones have a switch for each. */
function backendOf(test: JsonObject): string {
  const named = textOf(test.backends);
  if (named !== undefined && !/^cpu$/i.test(named)) return numberOf(test.n_gpu_layers) === 0 ? 'CPU' : named;
  const switches = ['cuda', 'vulkan', 'hip', 'rocm'].filter((name) => /^(1|true)$/.test(String(test[name])));
  return switches[0] ?? 'CPU';
}

/** `CUDA1`, or the main card where the model was not split. */
function cardPlaceOf(test: JsonObject): number | undefined {
  const chosen = /^[a-z]+(\d{1,3})$/i.exec(textOf(test.devices) ?? '')?.[1];
  if (chosen !== undefined) return Number(chosen);
  return textOf(test.split_mode) === 'none' ? numberOf(test.main_gpu) : undefined;
}
