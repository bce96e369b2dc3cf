import { isFault } from '@rerig/domain/fault';
import { type ModelFault, modelFault } from '../faults.ts';
import { type GgufHeader, readGgufHeader } from './header.ts';
import { arrayLength, wholeNumber } from './metadata-values.ts';
import { splitSiblings } from './split-name.ts';

/** What the server must know of a model file before it hands it to llama.cpp. */
export interface ModelFile {
  readonly path: string;
  readonly fileBytes: number;
  readonly tensorBytes: number;
  readonly architecture: string;
  /** The file's own `general.name`, or `undefined`. */
  readonly name: string | undefined;
  /** Tokens that the model was trained to see at once, ≥ 1. */
  readonly trainedContextTokens: number;
  readonly vocabularyTokens: number;
  /** Bytes of the KV cache for one token of context in F16; 0 where the header does not say enough to know. */
  readonly cacheBytesPerToken: number;
}

/** llama.cpp's own bound on layers (`LLAMA_MAX_LAYERS`, v0.5.0); past it llama.cpp aborts the process. */
const LAYERS_MAX = 512;

/**
 * Reads a model file's header and refuses what is broken, what is no model that writes text, and the values on which
 * llama.cpp would abort the process instead of saying no. Of a model in several files `path` is the first, and the others
 * stand beside it.
 */
export function inspectModelFile(path: string): ModelFile | ModelFault {
  const header = readGgufHeader(path);
  if (isFault(header)) return header;
  const reason = reasonNotServable(header);
  if (reason) return notServable(path, reason);
  const whole = wholeModel(path, header);
  if (isFault(whole)) return whole;
  const architecture = String(header.metadata.get('general.architecture'));
  const name = header.metadata.get('general.name');
  return {
    path,
    ...whole,
    architecture,
    name: typeof name === 'string' && name.length > 0 && name.length <= 256 ? name : undefined,
    trainedContextTokens: wholeNumber(header.metadata.get(`${architecture}.context_length`)) ?? 1,
    vocabularyTokens: arrayLength(header.metadata.get('tokenizer.ggml.tokens')) ?? 0,
    cacheBytesPerToken: cacheBytesPerToken(header, architecture),
  };
}

/** Bytes of the model over all its files; each is read, and refused where it is not whole. */
function wholeModel(path: string, first: GgufHeader): Pick<ModelFile, 'fileBytes' | 'tensorBytes'> | ModelFault {
  const splitCount = wholeNumber(first.metadata.get('split.count')) ?? 1;
  let { fileBytes, tensorBytes } = first;
  if (splitCount > 1) {
    const siblings = splitSiblings(path);
    if (siblings.length !== splitCount || siblings[0] !== path)
      return notServable(path, `It is a part of ${splitCount}, and its name is not that of the first of so many.`);
    for (const sibling of siblings.slice(1)) {
      const header = readGgufHeader(sibling);
      if (isFault(header)) return header;
      fileBytes += header.fileBytes;
      tensorBytes += header.tensorBytes;
    }
  }
  return tensorBytes > 0 ? { fileBytes, tensorBytes } : notServable(path, 'It holds no tensors.');
}

function notServable(path: string, why: string): ModelFault {
  return modelFault('model_not_servable', {
    what: `The file ${path} is GGUF, but not a model that can be served.`,
    why,
    mend: 'Give a GGUF file of a language model with its tokenizer; of a model in parts, the first.',
  });
}

function reasonNotServable(header: GgufHeader): string | undefined {
  const { metadata } = header;
  const architecture = metadata.get('general.architecture');
  if (typeof architecture !== 'string') return 'Its header has no general.architecture.';
  const type = metadata.get('general.type') ?? 'model';
  if (type !== 'model') return `Its general.type is ${JSON.stringify(type)} instead of "model".`;
  if (arrayLength(metadata.get('tokenizer.ggml.tokens')) === undefined) return 'It holds no tokenizer.';
  for (const key of ['context_length', 'embedding_length', 'block_count']) {
    const value = wholeNumber(metadata.get(`${architecture}.${key}`));
    if (value === undefined || value < 1) return `Its ${architecture}.${key} is not a whole number above 0.`;
  }
  const layerCount = wholeNumber(metadata.get(`${architecture}.block_count`)) ?? 0;
  if (layerCount > LAYERS_MAX) return `It says ${layerCount} layers, and llama.cpp holds at most ${LAYERS_MAX}.`;
  const heads = metadata.get(`${architecture}.attention.head_count`);
  if (heads !== undefined && typeof heads !== 'object' && (wholeNumber(heads) ?? 0) < 1) {
    return `Its ${architecture}.attention.head_count is not a whole number above 0.`;
  }
  return undefined;
}

function cacheBytesPerToken(header: GgufHeader, architecture: string): number {
  const number = (key: string) => wholeNumber(header.metadata.get(`${architecture}.${key}`));
  const headCount = number('attention.head_count') ?? 0;
  const embeddingLength = number('embedding_length') ?? 0;
  const keyValueHeads = number('attention.head_count_kv') ?? headCount;
  if (headCount === 0) return 0;
  const headLength = embeddingLength / headCount;
  const keyLength = number('attention.key_length') ?? headLength;
  const valueLength = number('attention.value_length') ?? headLength;
  return (number('block_count') ?? 0) * keyValueHeads * (keyLength + valueLength) * 2;
}
