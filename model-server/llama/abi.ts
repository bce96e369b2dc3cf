import koffi from 'koffi';

/** An address in the process's memory; `null` is C's null pointer. */
export type Pointer = bigint | null;

/** A C function called through koffi: at once on this thread, or by `async` on another one. */
export interface NativeFunction<Arguments extends unknown[], Result> {
  (...values: Arguments): Result;
  async(...values: [...Arguments, (error: unknown, result: Result) => void]): void;
}

/** llama.cpp v0.5.0, `include/llama.h`: `struct llama_model_params`, 80 bytes. */
export interface ModelParams {
  readonly devices: Pointer | BigUint64Array;
  readonly tensor_buft_overrides: Pointer;
  readonly n_gpu_layers: number;
  readonly split_mode: number;
  readonly load_mode: number;
  readonly lazy_mode: number;
  readonly main_gpu: number;
  readonly tensor_split: Pointer;
  readonly progress_callback: Pointer;
  readonly progress_callback_user_data: Pointer;
  readonly kv_overrides: Pointer;
  readonly vocab_only: boolean;
  readonly check_tensors: boolean;
  readonly use_extra_bufts: boolean;
  readonly no_host: boolean;
  readonly no_alloc: boolean;
  readonly load_mtp: boolean;
}

export const modelParamsType = koffi.struct({
  devices: 'void *',
  tensor_buft_overrides: 'void *',
  n_gpu_layers: 'int32_t',
  split_mode: 'int32_t',
  load_mode: 'int32_t',
  lazy_mode: 'int32_t',
  main_gpu: 'int32_t',
  tensor_split: 'void *',
  progress_callback: 'void *',
  progress_callback_user_data: 'void *',
  kv_overrides: 'void *',
  vocab_only: 'bool',
  check_tensors: 'bool',
  use_extra_bufts: 'bool',
  no_host: 'bool',
  no_alloc: 'bool',
  load_mtp: 'bool',
});

/** `llama_model_default_params` in `src/llama-model.cpp`, v0.5.0. */
export const MODEL_DEFAULTS: ModelParams = {
  devices: null,
  tensor_buft_overrides: null,
  n_gpu_layers: -1,
  split_mode: 1,
  load_mode: -1,
  lazy_mode: 1,
  main_gpu: 0,
  tensor_split: null,
  progress_callback: null,
  progress_callback_user_data: null,
  kv_overrides: null,
  vocab_only: false,
  check_tensors: false,
  use_extra_bufts: true,
  no_host: false,
  no_alloc: false,
  load_mtp: false,
};

/** llama.cpp v0.5.0, `include/llama.h`: `struct llama_context_params`, 160 bytes; the fields that we set by name. */
export const contextParamsType = koffi.struct({
  n_ctx: 'uint32_t',
  n_batch: 'uint32_t',
  n_ubatch: 'uint32_t',
  n_seq_max: 'uint32_t',
  n_rs_seq: 'uint32_t',
  n_outputs_max: 'uint32_t',
  n_outputs_max_per_seq: 'uint32_t',
  n_threads: 'int32_t',
  n_threads_batch: 'int32_t',
  ctx_type: 'int32_t',
  rope_scaling_type: 'int32_t',
  pooling_type: 'int32_t',
  attention_type: 'int32_t',
  flash_attn_type: 'int32_t',
  rope_freq_base: 'float',
  rope_freq_scale: 'float',
  yarn_ext_factor: 'float',
  yarn_attn_factor: 'float',
  yarn_beta_fast: 'float',
  yarn_beta_slow: 'float',
  yarn_orig_ctx: 'uint32_t',
  defrag_thold: 'float',
  cb_eval: 'void *',
  cb_eval_user_data: 'void *',
  type_k: 'int32_t',
  type_v: 'int32_t',
  abort_callback: 'void *',
  abort_callback_data: 'void *',
  embeddings: 'bool',
  offload_kqv: 'bool',
  no_perf: 'bool',
  op_offload: 'bool',
  swa_full: 'bool',
  kv_unified: 'bool',
  samplers: 'void *',
  n_samplers: 'size_t',
  ctx_other: 'void *',
});

/** `llama_context_default_params` in `src/llama-context.cpp`, v0.5.0. */
export const CONTEXT_DEFAULTS = {
  n_ctx: 512,
  n_batch: 2048,
  n_ubatch: 512,
  n_seq_max: 1,
  n_rs_seq: 0,
  n_outputs_max: 0,
  n_outputs_max_per_seq: 1,
  n_threads: 4,
  n_threads_batch: 4,
  ctx_type: 0,
  rope_scaling_type: -1,
  pooling_type: -1,
  attention_type: -1,
  flash_attn_type: -1,
  rope_freq_base: 0,
  rope_freq_scale: 0,
  yarn_ext_factor: -1,
  yarn_attn_factor: -1,
  yarn_beta_fast: -1,
  yarn_beta_slow: -1,
  yarn_orig_ctx: 0,
  defrag_thold: -1,
  cb_eval: null,
  cb_eval_user_data: null,
  type_k: 1,
  type_v: 1,
  abort_callback: null,
  abort_callback_data: null,
  embeddings: false,
  offload_kqv: true,
  no_perf: true,
  op_offload: true,
  swa_full: true,
  kv_unified: false,
  samplers: null,
  n_samplers: 0,
  ctx_other: null,
} as const;

export type ContextParams = {
  readonly [Field in keyof typeof CONTEXT_DEFAULTS]: (typeof CONTEXT_DEFAULTS)[Field] extends boolean
    ? boolean
    : (typeof CONTEXT_DEFAULTS)[Field] extends number
      ? number
      : Pointer;
};

/** llama.cpp v0.5.0, `include/llama.h`: `struct llama_batch`, 56 bytes. */
export interface Batch {
  readonly n_tokens: number;
  readonly token: Pointer;
  readonly embd: Pointer;
  readonly pos: Pointer;
  readonly n_seq_id: Pointer;
  readonly seq_id: Pointer;
  readonly logits: Pointer;
}

export const batchType = koffi.struct({
  n_tokens: 'int32_t',
  token: 'void *',
  embd: 'void *',
  pos: 'void *',
  n_seq_id: 'void *',
  seq_id: 'void *',
  logits: 'void *',
});

/** llama.cpp v0.5.0, `include/llama.h`: `struct llama_sampler_chain_params`, 1 byte. */
export const samplerChainParamsType = koffi.struct({ no_perf: 'bool' });

/** llama.cpp v0.5.0, `ggml/include/ggml-backend.h`: `struct ggml_backend_dev_props`, 56 bytes. */
export const deviceParamsType = koffi.struct({
  name: 'const char *',
  description: 'const char *',
  memory_free: 'size_t',
  memory_total: 'size_t',
  type: 'int32_t',
  device_id: 'const char *',
  caps: koffi.array('uint8_t', 5),
});

/** The name and value of every field in `found` that is not as in `documented`; empty where the two agree. */
export function differingFields(found: object, documented: object): readonly string[] {
  const values = new Map<string, unknown>(Object.entries(found));
  return Object.entries(documented)
    .filter(([field, value]) => values.get(field) !== value)
    .map(([field, value]) => `${field} is ${String(values.get(field))} instead of ${String(value)}`);
}
