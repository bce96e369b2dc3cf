/** Kinds of weights by the work that unpacking one costs: `legacy` (Q4_0 and its like), K-quants, I-quants, Q8, F16. */
export type QuantizationClass = 'legacy' | 'k-quant' | 'i-quant' | 'q8' | 'f16';

/** What a quantisation's name tells. */
export interface Quantization {
  readonly class: QuantizationClass;
  /** Of the whole file: embeddings and norms are kept wider than the rest. */
  readonly bitsPerWeight: number;
}

/**
 * Bits a weight, of whole files: size by parameters of llama-bench's rows (Q4_K_M of Llama-3.1-8B: 4.58 GiB by 8.03e9 is
 * 4.9), else llama.cpp's own table of block sizes with a tenth more for the layers that stay wide. The first that the
 * name holds decides.
 */
const table: readonly (readonly [part: string, bitsPerWeight: number, kind: QuantizationClass])[] = [
  ['MXFP4', 4.6, 'legacy'],
  ['NVFP4', 4.6, 'legacy'],
  ['IQ1', 1.9, 'i-quant'],
  ['IQ2', 2.5, 'i-quant'],
  ['IQ3', 3.4, 'i-quant'],
  ['IQ4', 4.5, 'i-quant'],
  ['TQ', 2.1, 'i-quant'],
  ['Q1', 1.9, 'i-quant'],
  ['Q2', 3.2, 'k-quant'],
  ['Q3', 3.95, 'k-quant'],
  ['Q4_0', 4.6, 'legacy'],
  ['Q4_1', 5.1, 'legacy'],
  ['Q5_0', 5.6, 'legacy'],
  ['Q5_1', 6.1, 'legacy'],
  ['Q4_K_S', 4.65, 'k-quant'],
  ['Q4', 4.9, 'k-quant'],
  ['Q5', 5.7, 'k-quant'],
  ['Q6', 6.6, 'k-quant'],
  ['Q8', 8.5, 'q8'],
  ['FP8', 8.2, 'q8'],
  ['INT8', 8.2, 'q8'],
  ['W8', 8.2, 'q8'],
  ['AWQ', 4.7, 'k-quant'],
  ['GPTQ', 4.7, 'k-quant'],
  ['NF4', 4.7, 'k-quant'],
  ['4BIT', 4.8, 'k-quant'],
  ['BF16', 16, 'f16'],
  ['F16', 16, 'f16'],
  ['FP16', 16, 'f16'],
  ['F32', 32, 'f16'],
];

/** Reads a quantisation's name, `Q4_K_M` or `UD-Q4_K_XL`, in any case; undefined where it names none that is known. */
export function parseQuantization(name: string): Quantization | undefined {
  const text = name.slice(0, 40).toUpperCase();
  const found = table.find(([part]) => text.includes(part));
  return found === undefined ? undefined : { class: found[2], bitsPerWeight: found[1] };
}
