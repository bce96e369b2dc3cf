import { type ModelFault, modelFault } from '../faults.ts';
import { fileTypeName } from './file-types.ts';
import type { GgufHeader, MetadataValue, TensorPlace } from './header.ts';
import { arrayLength, wholeNumber } from './metadata-values.ts';

/** How a model makes one vector of a text's many: of `none` and null, it does not. */
export type Pooling = 'none' | 'mean' | 'cls' | 'last' | 'rank';

/** What a GGUF file says of its model; null where it does not say. Counts are whole and ≥ 0. */
export interface ModelFacts {
  /** An `adapter` (LoRA) is laid over a model and fits no card alone. */
  readonly kind: 'model' | 'adapter';
  readonly architecture: string;
  /** The file's own `general.name`. */
  readonly title: string | null;
  /** Elements of all tensors; of a model in several files, null until all are there. */
  readonly parameterCount: number | null;
  /** `Q4_K_M`: the file's own word, or the type that most bytes are of. */
  readonly quantization: string | null;
  readonly fileBytes: number;
  readonly tensorBytes: number;
  /** Tokens that it was trained to see at once. */
  readonly contextTokenCount: number | null;
  readonly layerCount: number | null;
  readonly headCount: number | null;
  /** Heads that keep keys and values; where layers differ, null. */
  readonly kvHeadCount: number | null;
  /** Numbers of a key and of a value, a head. */
  readonly keyWidth: number | null;
  readonly valueWidth: number | null;
  readonly embeddingWidth: number | null;
  readonly vocabularyTokenCount: number | null;
  readonly expertCount: number | null;
  readonly hasChatTemplate: boolean;
  readonly pooling: Pooling | null;
}

const POOLINGS: readonly Pooling[] = ['none', 'mean', 'cls', 'last', 'rank'];
const TITLE_CHARACTERS_MAX = 200;

/**
 * What a header says of its model. `label` is what a fault calls the file. Refused is what is GGUF but neither a language
 * model nor an adapter (an image encoder, a vocabulary alone).
 */
export function modelFactsOf(header: GgufHeader, label: string): ModelFacts | ModelFault {
  const { metadata } = header;
  const architecture = metadata.get('general.architecture');
  const kind = metadata.get('general.type') ?? 'model';
  if (typeof architecture !== 'string' || architecture === '') return unknownModel(label, 'no general.architecture');
  if (kind !== 'model' && kind !== 'adapter') return unknownModel(label, `the general.type ${JSON.stringify(kind)}`);
  const number = (key: string) => wholeNumber(metadata.get(`${architecture}.${key}`)) ?? null;
  const [headCount, embeddingWidth] = [number('attention.head_count'), number('embedding_length')];
  const headWidth =
    headCount === null || headCount === 0 || embeddingWidth === null ? null : embeddingWidth / headCount;
  const isSplit = (wholeNumber(metadata.get('split.count')) ?? 1) > 1;
  const kvHeads = metadata.get(`${architecture}.attention.head_count_kv`);
  return {
    kind,
    architecture,
    title: titleOf(metadata.get('general.name')),
    parameterCount: isSplit ? null : elementCountOf(header.tensors),
    quantization: quantizationOf(header),
    fileBytes: header.fileBytes,
    tensorBytes: header.tensorBytes,
    contextTokenCount: number('context_length'),
    layerCount: number('block_count'),
    headCount,
    kvHeadCount: kvHeads === undefined ? headCount : (wholeNumber(kvHeads) ?? null),
    keyWidth: number('attention.key_length') ?? headWidth,
    valueWidth: number('attention.value_length') ?? headWidth,
    embeddingWidth,
    vocabularyTokenCount: arrayLength(metadata.get('tokenizer.ggml.tokens')) ?? number('vocab_size'),
    expertCount: number('expert_count'),
    hasChatTemplate: metadata.has('tokenizer.chat_template'),
    pooling: POOLINGS[number('pooling_type') ?? -1] ?? null,
  };
}

/** The facts of a model in several files, once all their headers are read. `headers` begins with the first file's. */
export function wholeModelFacts(first: ModelFacts, headers: readonly GgufHeader[]): ModelFacts {
  const sum = (of: (header: GgufHeader) => number) => headers.reduce((total, header) => total + of(header), 0);
  return {
    ...first,
    parameterCount: sum(({ tensors }) => elementCountOf(tensors)),
    fileBytes: sum(({ fileBytes }) => fileBytes),
    tensorBytes: sum(({ tensorBytes }) => tensorBytes),
  };
}

function elementCountOf(tensors: readonly TensorPlace[]): number {
  return tensors.reduce((total, { elementCount }) => total + elementCount, 0);
}

function quantizationOf({ metadata, tensors }: GgufHeader): string | null {
  const fileType = wholeNumber(metadata.get('general.file_type'));
  const name = fileType === undefined ? undefined : fileTypeName(fileType);
  if (name !== undefined) return name;
  const bytesByType = new Map<string, number>();
  for (const { typeName, byteCount } of tensors)
    bytesByType.set(typeName, (bytesByType.get(typeName) ?? 0) + byteCount);
  const [most] = [...bytesByType].sort(([, one], [, other]) => other - one);
  return most?.[0] ?? null;
}

/** What a file says of itself may hold a terminal's escape codes: they are left out. */
function titleOf(value: MetadataValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const title = value.replace(/[\p{Cc}\p{Cf}]/gu, '').trim();
  return title === '' ? null : title.slice(0, TITLE_CHARACTERS_MAX);
}

function unknownModel(label: string, has: string): ModelFault {
  return modelFault('model_not_servable', {
    what: `The file ${label} is GGUF, but no language model.`,
    why: `Its header has ${has}.`,
    mend: 'Name the file of the model itself, or of a LoRA adapter.',
  });
}
