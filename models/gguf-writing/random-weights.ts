/** A stream of near-normal numbers (mean 0, variance 1) from a seed, the same on every machine: xorshift32, sums of four. */
export function randomNormals(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
}

/** Numbers as GGUF stores them in F16: IEEE 754 half precision, little-endian. */
export function encodeF16(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => {
    bytes.writeUInt16LE(halfBits(value), index * 2);
  });
  return bytes;
}

/** Numbers as GGUF stores them in Q8_0: blocks of 32 with one F16 scale each. `values.length` must be a multiple of 32. */
export function encodeQ8(values: Float32Array): Buffer {
  const bytes = Buffer.alloc((values.length / 32) * 34);
  for (let start = 0; start < values.length; start += 32) {
    const block = values.subarray(start, start + 32);
    const scale = block.reduce((max, value) => Math.max(max, Math.abs(value)), 0) / 127;
    const at = (start / 32) * 34;
    bytes.writeUInt16LE(halfBits(scale), at);
    block.forEach((value, index) => {
      const quantised = scale === 0 ? 0 : Math.round(value / scale);
      bytes.writeInt8(Math.max(-127, Math.min(127, quantised)), at + 2 + index);
    });
  }
  return bytes;
}

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

function halfBits(value: number): number {
  float[0] = value;
  const bits = floatBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 255) - 112;
  if (exponent <= 0) return sign;
  if (exponent >= 31) return sign | 0x7bff;
  return sign | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
