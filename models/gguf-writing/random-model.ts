import { writeFileSync } from 'node:fs';
import { GgufWriter } from './gguf-writer.ts';
import { type SyllableVocabulary, syllableVocabulary } from './syllable-vocabulary.ts';
import { type EncodedTensor, encodeTensors, fileBytes, type RandomTensor } from './tensor-file.ts';

/** The shape of a model with random weights, for tests and measurements. Its text means nothing, but is always the same. */
export interface RandomModelRecipe {
  readonly name: string;
  readonly seed: number;
  readonly embeddingLength: number;
  readonly layerCount: number;
  readonly feedForwardLength: number;
  readonly headCount: number;
  readonly keyValueHeadCount: number;
  readonly vocabularyTokens: number;
  readonly trainedContextTokens: number;
  readonly weights: 'F16' | 'Q8_0';
  /** The Jinja chat template, or `null` for a file without one. */
  readonly chatTemplate: string | null;
  /** Makes it a model for vectors, as its file says; absent: it writes text. */
  readonly pooling?: 'mean' | 'cls' | 'last';
}

/** llama.cpp's `enum llama_pooling_type`, v0.5.0. */
const POOLING_NUMBERS = { mean: 1, cls: 2, last: 3 } as const;

/** ChatML, as most small models write it. */
export const CHATML_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** A llama of 0.9 million parameters: 2 MB, written in a tenth of a second. */
export const TINY_RECIPE: RandomModelRecipe = {
  name: 'random-tiny',
  seed: 1,
  embeddingLength: 128,
  layerCount: 2,
  feedForwardLength: 352,
  headCount: 4,
  keyValueHeadCount: 2,
  vocabularyTokens: 2048,
  trainedContextTokens: 2048,
  weights: 'F16',
  chatTemplate: CHATML_TEMPLATE,
};

/** Writes a llama with random weights as one GGUF v3 file; the same recipe gives the same bytes. */
export function writeRandomModel(path: string, recipe: RandomModelRecipe = TINY_RECIPE): void {
  writeFileSync(path, randomModelBytes(recipe));
}

/** The file of `writeRandomModel` in memory. `embeddingLength` and `feedForwardLength` must be multiples of 32. */
export function randomModelBytes(recipe: RandomModelRecipe): Buffer {
  const vocabulary = syllableVocabulary(recipe.vocabularyTokens);
  const entries = modelEntries(recipe, vocabulary);
  return fileBytes(entries.finish(), entries.entryCount, encodeWeights(recipe, vocabulary));
}

/**
 * The same model in `partCount` files (2 and more), as llama-gguf-split writes them: the first has all metadata, and each
 * its share of the tensors. They are named by `splitSiblings` of `models/gguf`.
 */
export function randomModelParts(recipe: RandomModelRecipe, partCount: number): readonly Buffer[] {
  const vocabulary = syllableVocabulary(recipe.vocabularyTokens);
  const tensors = encodeWeights(recipe, vocabulary);
  const perPart = Math.ceil(tensors.length / partCount);
  return Array.from({ length: partCount }, (_, index) => {
    const entries = index === 0 ? modelEntries(recipe, vocabulary) : new EntryList();
    entries.writer.uint16Entry('split.no', index).uint16Entry('split.count', partCount);
    entries.writer.int32Entry('split.tensors.count', tensors.length);
    const part = tensors.slice(index * perPart, (index + 1) * perPart);
    return fileBytes(entries.finish(), entries.entryCount + 3, part);
  });
}

/** Metadata entries with their number, which stands before them. */
class EntryList {
  readonly writer = new GgufWriter();
  entryCount = 0;

  finish(): Buffer {
    return this.writer.finish();
  }
}

function modelEntries(recipe: RandomModelRecipe, vocabulary: SyllableVocabulary): EntryList {
  const entries = new EntryList();
  entries.entryCount =
    writeModelEntries(entries.writer, recipe) + writeTokenizerEntries(entries.writer, recipe, vocabulary);
  return entries;
}

function encodeWeights(recipe: RandomModelRecipe, vocabulary: SyllableVocabulary): readonly EncodedTensor[] {
  return encodeTensors(weightTensors(recipe, vocabulary.firstWordIndex), recipe.seed);
}

function weightTensors(recipe: RandomModelRecipe, firstWordIndex: number): readonly RandomTensor[] {
  const { embeddingLength: width, feedForwardLength: inner } = recipe;
  const keyValueWidth = (width / recipe.headCount) * recipe.keyValueHeadCount;
  const matrix = (
    name: string,
    from: number,
    to: number,
    spread = 1 / Math.sqrt(from),
    zeroRows = 0,
  ): RandomTensor => ({
    name: `${name}.weight`,
    dimensions: [from, to],
    type: recipe.weights,
    spread,
    zeroRows,
  });
  const norm = (name: string): RandomTensor => ({
    name: `${name}.weight`,
    dimensions: [width],
    type: 'F32',
    spread: 'ones',
    zeroRows: 0,
  });
  const layers = Array.from({ length: recipe.layerCount }, (_, layer) => [
    norm(`blk.${layer}.attn_norm`),
    matrix(`blk.${layer}.attn_q`, width, width),
    matrix(`blk.${layer}.attn_k`, width, keyValueWidth),
    matrix(`blk.${layer}.attn_v`, width, keyValueWidth),
    matrix(`blk.${layer}.attn_output`, width, width),
    norm(`blk.${layer}.ffn_norm`),
    matrix(`blk.${layer}.ffn_gate`, width, inner),
    matrix(`blk.${layer}.ffn_up`, width, inner),
    matrix(`blk.${layer}.ffn_down`, inner, width),
  ]);
  return [
    matrix('token_embd', width, recipe.vocabularyTokens, 0.5),
    ...layers.flat(),
    norm('output_norm'),
    matrix('output', width, recipe.vocabularyTokens, 2 / Math.sqrt(width), firstWordIndex),
  ];
}

function writeModelEntries(entries: GgufWriter, recipe: RandomModelRecipe): number {
  const numbers = {
    'general.file_type': recipe.weights === 'F16' ? 1 : 7,
    'llama.context_length': recipe.trainedContextTokens,
    'llama.embedding_length': recipe.embeddingLength,
    'llama.block_count': recipe.layerCount,
    'llama.feed_forward_length': recipe.feedForwardLength,
    'llama.attention.head_count': recipe.headCount,
    'llama.attention.head_count_kv': recipe.keyValueHeadCount,
    'llama.rope.dimension_count': recipe.embeddingLength / recipe.headCount,
    'llama.vocab_size': recipe.vocabularyTokens,
    ...(recipe.pooling === undefined ? {} : { 'llama.pooling_type': POOLING_NUMBERS[recipe.pooling] }),
  };
  entries.textEntry('general.architecture', 'llama').textEntry('general.name', recipe.name);
  for (const [key, value] of Object.entries(numbers)) entries.uint32Entry(key, value);
  entries.float32Entry('llama.rope.freq_base', 10_000).float32Entry('llama.attention.layer_norm_rms_epsilon', 1e-5);
  return 4 + Object.keys(numbers).length;
}

function writeTokenizerEntries(entries: GgufWriter, recipe: RandomModelRecipe, vocabulary: SyllableVocabulary): number {
  entries
    .textEntry('tokenizer.ggml.model', 'llama')
    .textEntry('tokenizer.ggml.pre', 'default')
    .textsEntry('tokenizer.ggml.tokens', vocabulary.texts)
    .numbersEntry('tokenizer.ggml.scores', vocabulary.scores)
    .numbersEntry('tokenizer.ggml.token_type', vocabulary.types)
    .uint32Entry('tokenizer.ggml.unknown_token_id', 0)
    .uint32Entry('tokenizer.ggml.bos_token_id', 1)
    .uint32Entry('tokenizer.ggml.eos_token_id', 2)
    .booleanEntry('tokenizer.ggml.add_bos_token', true)
    .booleanEntry('tokenizer.ggml.add_eos_token', false);
  if (recipe.chatTemplate === null) return 10;
  entries.textEntry('tokenizer.chat_template', recipe.chatTemplate);
  return 11;
}
