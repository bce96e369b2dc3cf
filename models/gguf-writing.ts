/** Models with random weights, written as GGUF: for tests and measurements, where a model's speed counts and its words don't. */

export { type RandomAdapterRecipe, writeRandomAdapter } from './gguf-writing/random-adapter.ts';
export {
  CHATML_TEMPLATE,
  type RandomModelRecipe,
  randomModelBytes,
  randomModelParts,
  TINY_RECIPE,
  writeRandomModel,
} from './gguf-writing/random-model.ts';
