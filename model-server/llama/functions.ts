import koffi, { type LibraryHandle } from 'koffi';
import {
  type Batch,
  batchType,
  type ContextParams,
  contextParamsType,
  deviceParamsType,
  type ModelParams,
  modelParamsType,
  type NativeFunction,
  type Pointer,
} from './abi.ts';
import { bindSamplers } from './sampler-functions.ts';

/** A card or processor as ggml describes it. */
export interface DeviceProps {
  readonly name: string;
  readonly description: string;
  readonly memory_free: number | bigint;
  readonly memory_total: number | bigint;
  readonly type: number;
  readonly device_id: string | null;
}

/** The functions of llama.cpp's C interface (v0.5.0, `include/llama.h`) that this room calls, under our names. */
export type LlamaFunctions = ReturnType<typeof bindLlama>;

interface Libraries {
  readonly base: LibraryHandle;
  readonly ggml: LibraryHandle;
  readonly llama: LibraryHandle;
}

/** Binds each C function to its types; throws where the library lacks one. */
export function bindLlama(libraries: Libraries) {
  return {
    ...bindBackends(libraries),
    ...bindModel(libraries.llama),
    ...bindVocabulary(libraries.llama),
    ...bindDecoding(libraries.llama),
    ...bindEmbedding(libraries.llama),
    ...bindAdapters(libraries.llama),
    ...bindSamplers(libraries.llama),
  };
}

function bindBackends({ base, ggml, llama }: Libraries) {
  const deviceProps: NativeFunction<[Pointer, object], void> = base.func('ggml_backend_dev_get_props', 'void', [
    'void *',
    koffi.out(koffi.pointer(deviceParamsType)),
  ]);
  const initialise: NativeFunction<[], void> = llama.func('llama_backend_init', 'void', []);
  const loadBackend: NativeFunction<[string], Pointer> = ggml.func('ggml_backend_load', 'void *', ['const char *']);
  const deviceCount: NativeFunction<[], number | bigint> = ggml.func('ggml_backend_dev_count', 'size_t', []);
  const deviceAt: NativeFunction<[number], Pointer> = ggml.func('ggml_backend_dev_get', 'void *', ['size_t']);
  const setLog: NativeFunction<[Pointer, Pointer], void> = llama.func('llama_log_set', 'void', ['void *', 'void *']);
  const setAbort: NativeFunction<[Pointer], Pointer> = base.func('ggml_set_abort_callback', 'void *', ['void *']);
  return {
    initialise,
    loadBackend,
    deviceCount,
    deviceAt,
    setLog,
    setAbort,
    /** The address of a C function that takes nothing and does nothing lasting: a log callback that drops all lines. */
    silentLog: parsePointer(base.symbol('ggml_time_us')),
    deviceProps: (device: Pointer): DeviceProps => {
      const props = { name: '', description: '', memory_free: 0, memory_total: 0, type: -1, device_id: null };
      deviceProps(device, props);
      return props;
    },
  };
}

function parsePointer(value: unknown): Pointer {
  return typeof value === 'bigint' ? value : null;
}

function bindModel(llama: LibraryHandle) {
  const modelDefaultParams: NativeFunction<[], ModelParams> = llama.func(
    'llama_model_default_params',
    modelParamsType,
    [],
  );
  const loadModel: NativeFunction<[string, ModelParams], Pointer> = llama.func('llama_model_load_from_file', 'void *', [
    'const char *',
    modelParamsType,
  ]);
  const freeModel: NativeFunction<[Pointer], void> = llama.func('llama_model_free', 'void', ['void *']);
  const contextDefaultParams: NativeFunction<[], ContextParams> = llama.func(
    'llama_context_default_params',
    contextParamsType,
    [],
  );
  const openContext: NativeFunction<[Pointer, ContextParams], Pointer> = llama.func('llama_init_from_model', 'void *', [
    'void *',
    contextParamsType,
  ]);
  const freeContext: NativeFunction<[Pointer], void> = llama.func('llama_free', 'void', ['void *']);
  const contextTokensPerSequence: NativeFunction<[Pointer], number> = llama.func('llama_n_ctx_seq', 'uint32_t', [
    'void *',
  ]);
  const hasDecoder: NativeFunction<[Pointer], boolean> = llama.func('llama_model_has_decoder', 'bool', ['void *']);
  const hasEncoder: NativeFunction<[Pointer], boolean> = llama.func('llama_model_has_encoder', 'bool', ['void *']);
  const chatTemplate: NativeFunction<[Pointer, null], string | null> = llama.func(
    'llama_model_chat_template',
    'const char *',
    ['void *', 'const char *'],
  );
  return {
    modelDefaultParams,
    loadModel,
    freeModel,
    contextDefaultParams,
    openContext,
    freeContext,
    contextTokensPerSequence,
    hasDecoder,
    hasEncoder,
    chatTemplate,
  };
}

function bindVocabulary(llama: LibraryHandle) {
  const vocabularyOf: NativeFunction<[Pointer], Pointer> = llama.func('llama_model_get_vocab', 'void *', ['void *']);
  const tokenCount: NativeFunction<[Pointer], number> = llama.func('llama_vocab_n_tokens', 'int32_t', ['void *']);
  const tokenText: NativeFunction<[Pointer, number], string> = llama.func('llama_vocab_get_text', 'const char *', [
    'void *',
    'int32_t',
  ]);
  const tokenAttributes: NativeFunction<[Pointer, number], number> = llama.func('llama_vocab_get_attr', 'int32_t', [
    'void *',
    'int32_t',
  ]);
  const endsGeneration: NativeFunction<[Pointer, number], boolean> = llama.func('llama_vocab_is_eog', 'bool', [
    'void *',
    'int32_t',
  ]);
  const beginToken: NativeFunction<[Pointer], number> = llama.func('llama_vocab_bos', 'int32_t', ['void *']);
  const endToken: NativeFunction<[Pointer], number> = llama.func('llama_vocab_eos', 'int32_t', ['void *']);
  const addsBegin: NativeFunction<[Pointer], boolean> = llama.func('llama_vocab_get_add_bos', 'bool', ['void *']);
  const tokenize: NativeFunction<[Pointer, Uint8Array, number, Int32Array, number, boolean, boolean], number> =
    llama.func('llama_tokenize', 'int32_t', ['void *', 'void *', 'int32_t', 'void *', 'int32_t', 'bool', 'bool']);
  const tokenToPiece: NativeFunction<[Pointer, number, Uint8Array, number, number, boolean], number> = llama.func(
    'llama_token_to_piece',
    'int32_t',
    ['void *', 'int32_t', 'void *', 'int32_t', 'int32_t', 'bool'],
  );
  return {
    vocabularyOf,
    tokenCount,
    tokenText,
    tokenAttributes,
    endsGeneration,
    beginToken,
    endToken,
    addsBegin,
    tokenize,
    tokenToPiece,
  };
}

function bindDecoding(llama: LibraryHandle) {
  const openBatch: NativeFunction<[number, number, number], Batch> = llama.func('llama_batch_init', batchType, [
    'int32_t',
    'int32_t',
    'int32_t',
  ]);
  const decode: NativeFunction<[Pointer, Batch], number> = llama.func('llama_decode', 'int32_t', ['void *', batchType]);
  const logitsOf: NativeFunction<[Pointer, number], Pointer> = llama.func('llama_get_logits_ith', 'void *', [
    'void *',
    'int32_t',
  ]);
  const memoryOf: NativeFunction<[Pointer], Pointer> = llama.func('llama_get_memory', 'void *', ['void *']);
  const removeTokens: NativeFunction<[Pointer, number, number, number], boolean> = llama.func(
    'llama_memory_seq_rm',
    'bool',
    ['void *', 'int32_t', 'int32_t', 'int32_t'],
  );
  const copySequence: NativeFunction<[Pointer, number, number, number, number], void> = llama.func(
    'llama_memory_seq_cp',
    'void',
    ['void *', 'int32_t', 'int32_t', 'int32_t', 'int32_t'],
  );
  const setBreakOff: NativeFunction<[Pointer, Pointer, Pointer], void> = llama.func(
    'llama_set_abort_callback',
    'void',
    ['void *', 'void *', 'void *'],
  );
  const isRecurrent: NativeFunction<[Pointer], boolean> = llama.func('llama_model_is_recurrent', 'bool', ['void *']);
  const isHybrid: NativeFunction<[Pointer], boolean> = llama.func('llama_model_is_hybrid', 'bool', ['void *']);
  return { openBatch, decode, logitsOf, memoryOf, removeTokens, copySequence, setBreakOff, isRecurrent, isHybrid };
}

function bindEmbedding(llama: LibraryHandle) {
  const encode: NativeFunction<[Pointer, Batch], number> = llama.func('llama_encode', 'int32_t', ['void *', batchType]);
  const embeddingOf: NativeFunction<[Pointer, number], Pointer> = llama.func('llama_get_embeddings_seq', 'void *', [
    'void *',
    'int32_t',
  ]);
  const embeddingWidth: NativeFunction<[Pointer], number> = llama.func('llama_model_n_embd_out', 'int32_t', ['void *']);
  const poolingOf: NativeFunction<[Pointer], number> = llama.func('llama_pooling_type', 'int32_t', ['void *']);
  return { encode, embeddingOf, embeddingWidth, poolingOf };
}

function bindAdapters(llama: LibraryHandle) {
  const loadAdapter: NativeFunction<[Pointer, string], Pointer> = llama.func('llama_adapter_lora_init', 'void *', [
    'void *',
    'const char *',
  ]);
  const setAdapters: NativeFunction<[Pointer, BigUint64Array | null, number, Float32Array | null], number> = llama.func(
    'llama_set_adapters_lora',
    'int32_t',
    ['void *', 'void *', 'size_t', 'void *'],
  );
  return { loadAdapter, setAdapters };
}
