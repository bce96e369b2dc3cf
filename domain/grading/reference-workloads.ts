import { type Bytes, GIB } from '../quantity.ts';

/** A language model of known shape, served for a chat. */
export interface ChatWorkload {
  readonly kind: 'chat';
  /** `8B Q4_K_M`, `8B Q4_K_M 16k`, `8B Q8_0`. */
  readonly name: string;
  readonly parameterCount: number;
  /** Of a mixture of experts: what one token uses; else all. */
  readonly activeParameterCount: number;
  readonly quantization: string;
  readonly sourceModel: string;
  /** The GGUF's tensors, as llama-bench prints them. */
  readonly weightsBytes: Bytes;
  readonly layerCount: number;
  /** Heads that ask, and heads that keep keys and values (grouped-query attention). */
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headWidth: number;
  readonly embeddingWidth: number;
  readonly vocabularyTokenCount: number;
  readonly contextTokenCount: number;
  /** By these grades are given and the largest fit is told: dense, 4 bits, 4,096 tokens. */
  readonly isStandard: boolean;
}

/** Work whose need of VRAM is reckoned apart from a chat's: embeddings, images, fine-tuning, training. */
export interface OtherWorkload {
  readonly kind: 'embedding' | 'image' | 'lora' | 'pretraining';
  readonly name: string;
  readonly sourceModel: string;
  readonly parameterCount: number;
  readonly contextTokenCount: number;
  readonly weightsBytes: Bytes;
  /** Activations and buffers at their highest. */
  readonly activationBytes: Bytes;
  /** Gradients, optimiser and master weights of what is trained. */
  readonly trainingStateBytes: Bytes;
  /** It runs in PyTorch, for which Vulkan has no build. */
  readonly needsPyTorch: boolean;
  /** Where the formula comes from. */
  readonly source: string;
}

/** What a card is asked to fit. */
export type ReferenceWorkload = ChatWorkload | OtherWorkload;

/** A chat's context that grades are reckoned with, and a long one. */
const CONTEXT_TOKENS = 4096;
const LONG_CONTEXT_TOKENS = 16_384;

/** Bits a weight of Q8_0: blocks of 32 with one FP16 scale. Source: llama.cpp. */
const Q8_0_BITS = 8.5;

type Shape = Omit<
  ChatWorkload,
  'kind' | 'name' | 'quantization' | 'weightsBytes' | 'contextTokenCount' | 'isStandard' | 'activeParameterCount'
> & { readonly size: string; readonly q4Gib: number };

/**
 * Shapes: each source model's own config.json (Meta's and Alibaba's on Hugging Face). Weights: llama-bench's "size" at
 * Q4_K_M as collected in llm-bench.csv, November 2026 (0.745, 1.87, 4.58, 8.37 and 18.49 GiB).
 */
const denseShapes: readonly Shape[] = [
  {
    ...{ size: '1B', sourceModel: 'Llama-3.2-1B', parameterCount: 1.24e9, q4Gib: 0.745 },
    ...{ layerCount: 16, headCount: 32, kvHeadCount: 8, headWidth: 64, embeddingWidth: 2048 },
    vocabularyTokenCount: 128_256,
  },
  {
    ...{ size: '3B', sourceModel: 'Llama-3.2-3B', parameterCount: 3.21e9, q4Gib: 1.87 },
    ...{ layerCount: 28, headCount: 24, kvHeadCount: 8, headWidth: 128, embeddingWidth: 3072 },
    vocabularyTokenCount: 128_256,
  },
  {
    ...{ size: '8B', sourceModel: 'Llama-3.1-8B', parameterCount: 8.03e9, q4Gib: 4.58 },
    ...{ layerCount: 32, headCount: 32, kvHeadCount: 8, headWidth: 128, embeddingWidth: 4096 },
    vocabularyTokenCount: 128_256,
  },
  {
    ...{ size: '14B', sourceModel: 'Qwen2.5-14B', parameterCount: 14.77e9, q4Gib: 8.37 },
    ...{ layerCount: 48, headCount: 40, kvHeadCount: 8, headWidth: 128, embeddingWidth: 5120 },
    vocabularyTokenCount: 152_064,
  },
  {
    ...{ size: '32B', sourceModel: 'Qwen2.5-32B', parameterCount: 32.76e9, q4Gib: 18.49 },
    ...{ layerCount: 64, headCount: 40, kvHeadCount: 8, headWidth: 128, embeddingWidth: 5120 },
    vocabularyTokenCount: 152_064,
  },
];

function chat(shape: Shape, quantization: string, weightsBytes: Bytes, contextTokenCount: number): ChatWorkload {
  const { size, q4Gib: _, ...rest } = shape;
  const isLong = contextTokenCount !== CONTEXT_TOKENS;
  return {
    ...rest,
    kind: 'chat',
    name: `${size} ${quantization}${isLong ? ' 16k' : ''}`,
    activeParameterCount: shape.parameterCount,
    quantization,
    weightsBytes,
    contextTokenCount,
    isStandard: quantization === 'Q4_K_M' && !isLong,
  };
}

function chatsOf(shape: Shape): readonly ChatWorkload[] {
  const q4Bytes = Math.round(shape.q4Gib * GIB);
  const q8Bytes = Math.round((shape.parameterCount * Q8_0_BITS) / 8);
  return [
    chat(shape, 'Q4_K_M', q4Bytes, CONTEXT_TOKENS),
    chat(shape, 'Q4_K_M', q4Bytes, LONG_CONTEXT_TOKENS),
    chat(shape, 'Q8_0', q8Bytes, CONTEXT_TOKENS),
  ];
}

/** 30.5e9 parameters, 3.3e9 of them a token; 17.28 GiB as llama-bench prints it. Source: Qwen3-30B-A3B's config.json. */
const mixture: ChatWorkload = {
  ...chat(
    {
      ...{ size: '30B-A3B', sourceModel: 'Qwen3-30B-A3B', parameterCount: 30.5e9, q4Gib: 17.28 },
      ...{ layerCount: 48, headCount: 32, kvHeadCount: 4, headWidth: 128, embeddingWidth: 2048 },
      vocabularyTokenCount: 151_936,
    },
    'Q4_K_M',
    Math.round(17.28 * GIB),
    CONTEXT_TOKENS,
  ),
  activeParameterCount: 3.3e9,
  isStandard: false,
};

/** Tokens of one training example, and bytes of a logit with its gradient in FP32. */
const EXAMPLE_TOKENS = 1024;
const LOGIT_BYTES = 8;

/** Rank 16 on every linear layer trains about this share of the parameters. Source: PEFT's print of trainable parameters. */
const ADAPTER_SHARE = 0.006;

/** FP16 weights and gradients, FP32 master weights and Adam's two moments. Source: ZeRO (Rajbhandari et al., 2020), section 3.1. */
const TRAINED_PARAMETER_BYTES = 16;

/** NF4 with double quantisation and the layers that stay wide. Source: QLoRA (Dettmers et al., 2023): 0.127 bits of constants. */
const NF4_PARAMETER_BYTES = 0.58;

/** Bytes of activations a token, a layer and a unit of width, attention recomputed. Source: Korthikanti et al., 2022, eq. 2. */
const LAYER_ACTIVATION_BYTES = 34;

function lora(shape: Shape): OtherWorkload {
  const { parameterCount, layerCount, embeddingWidth, vocabularyTokenCount } = shape;
  const checkpoints = layerCount * EXAMPLE_TOKENS * embeddingWidth * 2;
  const oneLayer = LAYER_ACTIVATION_BYTES * EXAMPLE_TOKENS * embeddingWidth;
  const logits = EXAMPLE_TOKENS * vocabularyTokenCount * LOGIT_BYTES;
  return {
    kind: 'lora',
    name: `LoRA ${shape.size}`,
    sourceModel: shape.sourceModel,
    parameterCount,
    contextTokenCount: EXAMPLE_TOKENS,
    weightsBytes: Math.round(parameterCount * NF4_PARAMETER_BYTES),
    activationBytes: checkpoints + oneLayer + logits,
    trainingStateBytes: Math.round(parameterCount * ADAPTER_SHARE * TRAINED_PARAMETER_BYTES),
    needsPyTorch: true,
    source: 'QLoRA (2023), NF4, rank 16, one example of 1,024 tokens, gradient checkpoints',
  };
}

/** GPT-2 small: 12 layers of 768, 50,257 tokens, four examples of 1,024 at once. */
const pretraining: OtherWorkload = {
  kind: 'pretraining',
  name: 'pre-train 125M',
  sourceModel: 'GPT-2 small',
  parameterCount: 124e6,
  contextTokenCount: EXAMPLE_TOKENS,
  weightsBytes: 0,
  activationBytes: 12 * 4 * EXAMPLE_TOKENS * 768 * LAYER_ACTIVATION_BYTES + 4 * EXAMPLE_TOKENS * 50_257 * LOGIT_BYTES,
  trainingStateBytes: 124e6 * TRAINED_PARAMETER_BYTES,
  needsPyTorch: true,
  source: 'ZeRO (2020) for the state, Korthikanti et al. (2022) for activations with flash attention',
};

const embedding: OtherWorkload = {
  kind: 'embedding',
  name: 'embeddings 0.6B',
  sourceModel: 'bge-m3',
  parameterCount: 568e6,
  contextTokenCount: 8192,
  weightsBytes: 568e6 * 2,
  activationBytes: Math.round(0.5 * GIB),
  trainingStateBytes: 0,
  needsPyTorch: false,
  source: 'BAAI/bge-m3 at FP16; activations of a batch of 512 tokens, estimated',
};

/** 6.94 GB is the size of sd_xl_base_1.0.safetensors: UNet, two text encoders and VAE at FP16. */
const image: OtherWorkload = {
  kind: 'image',
  name: 'SDXL 1024²',
  sourceModel: 'stable-diffusion-xl-base-1.0',
  parameterCount: 3.47e9,
  contextTokenCount: 77,
  weightsBytes: 6.94e9,
  activationBytes: Math.round(1.4 * GIB),
  trainingStateBytes: 0,
  needsPyTorch: false,
  source: 'Stability AI’s file at FP16; one image at 1,024 x 1,024 with the VAE in tiles, estimated',
};

/** The workloads that grades and verdicts speak of: chats, smallest first, then the others. */
export const referenceWorkloads: readonly ReferenceWorkload[] = [
  ...denseShapes.flatMap(chatsOf),
  mixture,
  embedding,
  image,
  ...denseShapes.slice(0, 3).map(lora),
  pretraining,
];

/** Those that grades are given by: dense language models at 4 bits with 4,096 tokens of context, smallest first. */
export const standardWorkloads: readonly ChatWorkload[] = referenceWorkloads.filter(
  (workload): workload is ChatWorkload => workload.kind === 'chat' && workload.isStandard,
);
