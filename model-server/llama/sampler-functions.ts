import type { LibraryHandle } from 'koffi';
import { type NativeFunction, type Pointer, samplerChainParamsType } from './abi.ts';

/** llama.cpp's samplers (v0.5.0, `include/llama.h`), under our names. */
export function bindSamplers(llama: LibraryHandle) {
  return { ...bindChain(llama), ...bindLinks(llama), ...bindGrammar(llama) };
}

function bindChain(llama: LibraryHandle) {
  const openChain: NativeFunction<[{ readonly no_perf: boolean }], Pointer> = llama.func(
    'llama_sampler_chain_init',
    'void *',
    [samplerChainParamsType],
  );
  const addToChain: NativeFunction<[Pointer, Pointer], void> = llama.func('llama_sampler_chain_add', 'void', [
    'void *',
    'void *',
  ]);
  const sample: NativeFunction<[Pointer, Pointer, number], number> = llama.func('llama_sampler_sample', 'int32_t', [
    'void *',
    'void *',
    'int32_t',
  ]);
  const applySampler: NativeFunction<[Pointer, Pointer], void> = llama.func('llama_sampler_apply', 'void', [
    'void *',
    'void *',
  ]);
  const acceptToken: NativeFunction<[Pointer, number], void> = llama.func('llama_sampler_accept', 'void', [
    'void *',
    'int32_t',
  ]);
  const cloneSampler: NativeFunction<[Pointer], Pointer> = llama.func('llama_sampler_clone', 'void *', ['void *']);
  const freeSampler: NativeFunction<[Pointer], void> = llama.func('llama_sampler_free', 'void', ['void *']);
  return { openChain, addToChain, sample, applySampler, acceptToken, cloneSampler, freeSampler };
}

function bindLinks(llama: LibraryHandle) {
  const greedy: NativeFunction<[], Pointer> = llama.func('llama_sampler_init_greedy', 'void *', []);
  const temperature: NativeFunction<[number], Pointer> = llama.func('llama_sampler_init_temp', 'void *', ['float']);
  const topK: NativeFunction<[number], Pointer> = llama.func('llama_sampler_init_top_k', 'void *', ['int32_t']);
  const topP: NativeFunction<[number, number], Pointer> = llama.func('llama_sampler_init_top_p', 'void *', [
    'float',
    'size_t',
  ]);
  const minP: NativeFunction<[number, number], Pointer> = llama.func('llama_sampler_init_min_p', 'void *', [
    'float',
    'size_t',
  ]);
  const penalties: NativeFunction<[number, number, number, number, number], Pointer> = llama.func(
    'llama_sampler_init_penalties',
    'void *',
    ['int32_t', 'int32_t', 'float', 'float', 'float'],
  );
  const logitBias: NativeFunction<[number, number, Uint8Array], Pointer> = llama.func(
    'llama_sampler_init_logit_bias',
    'void *',
    ['int32_t', 'int32_t', 'void *'],
  );
  const draw: NativeFunction<[number], Pointer> = llama.func('llama_sampler_init_dist', 'void *', ['uint32_t']);
  return { greedy, temperature, topK, topP, minP, penalties, logitBias, draw };
}

function bindGrammar(llama: LibraryHandle) {
  const grammar: NativeFunction<[Pointer, string, string], Pointer> = llama.func(
    'llama_sampler_init_grammar',
    'void *',
    ['void *', 'const char *', 'const char *'],
  );
  return { grammar };
}
