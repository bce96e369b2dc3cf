import { writeFileSync } from 'node:fs';
import { GgufWriter } from './gguf-writer.ts';
import type { RandomModelRecipe } from './random-model.ts';
import { encodeTensors, fileBytes, type RandomTensor } from './tensor-file.ts';

/** A LoRA adapter with random weights for a random model. */
export interface RandomAdapterRecipe {
  readonly name: string;
  readonly seed: number;
  /** Numbers between its two matrices of each layer. */
  readonly rank: number;
  /** Standard deviation of what a layer's adapter adds, before the scale; the model's own matrices have about 1. */
  readonly spread: number;
}

/**
 * Writes a LoRA adapter over the query and feed-forward output matrices of every layer of `model`, as llama.cpp's
 * convert_lora_to_gguf.py does; the same recipes give the same bytes.
 */
export function writeRandomAdapter(path: string, model: RandomModelRecipe, recipe: RandomAdapterRecipe): void {
  const entries = new GgufWriter()
    .textEntry('general.type', 'adapter')
    .textEntry('general.architecture', 'llama')
    .textEntry('general.name', recipe.name)
    .textEntry('adapter.type', 'lora')
    .float32Entry('adapter.lora.alpha', recipe.rank);
  writeFileSync(path, fileBytes(entries.finish(), 5, encodeTensors(adapterTensors(model, recipe), recipe.seed)));
}

function adapterTensors(model: RandomModelRecipe, recipe: RandomAdapterRecipe): readonly RandomTensor[] {
  const { embeddingLength: width, feedForwardLength: inner } = model;
  const { rank, spread } = recipe;
  const pair = (name: string, from: number, to: number): readonly RandomTensor[] => [
    matrix(`${name}.weight.lora_a`, from, rank, spread / Math.sqrt(from)),
    matrix(`${name}.weight.lora_b`, rank, to, 1 / Math.sqrt(rank)),
  ];
  return Array.from({ length: model.layerCount }, (_, layer) => [
    ...pair(`blk.${layer}.attn_q`, width, width),
    ...pair(`blk.${layer}.ffn_down`, inner, width),
  ]).flat();
}

function matrix(name: string, from: number, to: number, spread: number): RandomTensor {
  return { name, dimensions: [from, to], type: 'F32', spread, zeroRows: 0 };
}
