import { GgufWriter } from './gguf-writer.ts';
import { encodeF16, encodeQ8, randomNormals } from './random-weights.ts';

const ALIGNMENT_BYTES = 32;
const TYPE_NUMBERS = { F32: 0, F16: 1, Q8_0: 8 } as const;

/** A tensor of random values. */
export interface RandomTensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly type: keyof typeof TYPE_NUMBERS;
  /** Standard deviation of the values; `'ones'` for the norms. */
  readonly spread: number | 'ones';
  /** Rows that stay zero: of the output, those of marks and bytes, so that greedy text is endless words. */
  readonly zeroRows: number;
}

/** A tensor with the bytes that a file has of it. */
export interface EncodedTensor extends RandomTensor {
  readonly content: Buffer;
}

/** Draws the values of each tensor, in order, from one stream of numbers. */
export function encodeTensors(tensors: readonly RandomTensor[], seed: number): readonly EncodedTensor[] {
  const normal = randomNormals(seed);
  return tensors.map((tensor) => ({ ...tensor, content: encodeTensor(tensor, normal) }));
}

/** A GGUF v3 file of `entryCount` metadata entries, already written, and tensors. */
export function fileBytes(entries: Buffer, entryCount: number, tensors: readonly EncodedTensor[]): Buffer {
  const writer = new GgufWriter().bytes(Buffer.from('GGUF')).uint32(3).uint64(tensors.length);
  writer.uint64(entryCount).bytes(entries);
  let offset = 0;
  for (const { name, dimensions, type, content } of tensors) {
    writer.text(name).uint32(dimensions.length);
    for (const dimension of dimensions) writer.uint64(dimension);
    writer.uint32(TYPE_NUMBERS[type]).uint64(offset);
    offset += Math.ceil(content.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }
  for (const { content } of tensors) writer.align(ALIGNMENT_BYTES).bytes(content);
  return writer.align(ALIGNMENT_BYTES).finish();
}

function encodeTensor(tensor: RandomTensor, normal: () => number): Buffer {
  const elementCount = tensor.dimensions.reduce((product, dimension) => product * dimension, 1);
  const values = new Float32Array(elementCount);
  const { spread } = tensor;
  if (spread === 'ones') values.fill(1);
  else {
    const firstFilled = tensor.zeroRows * (tensor.dimensions[0] ?? 0);
    for (let index = firstFilled; index < elementCount; index++) values[index] = normal() * spread;
  }
  if (tensor.type === 'F32') return Buffer.from(values.buffer);
  return tensor.type === 'F16' ? encodeF16(values) : encodeQ8(values);
}
