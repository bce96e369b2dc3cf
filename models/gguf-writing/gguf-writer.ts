/** Writes GGUF's little-endian primitives into one growing list of buffers. */
export class GgufWriter {
  readonly #pieces: Buffer[] = [];
  #byteCount = 0;

  get byteCount(): number {
    return this.#byteCount;
  }

  bytes(bytes: Buffer): this {
    this.#pieces.push(bytes);
    this.#byteCount += bytes.length;
    return this;
  }

  uint32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.bytes(bytes);
  }

  uint64(value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return this.bytes(bytes);
  }

  text(value: string): this {
    const bytes = Buffer.from(value);
    return this.uint64(bytes.length).bytes(bytes);
  }

  /** A metadata entry of text (GGUF value type 8). */
  textEntry(key: string, value: string): this {
    return this.text(key).uint32(8).text(value);
  }

  /** A metadata entry of a u32 (GGUF value type 4). */
  uint32Entry(key: string, value: number): this {
    return this.text(key).uint32(4).uint32(value);
  }

  /** A metadata entry of a u16 (GGUF value type 2). */
  uint16Entry(key: string, value: number): this {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return this.text(key).uint32(2).bytes(bytes);
  }

  /** A metadata entry of an i32 (GGUF value type 5). */
  int32Entry(key: string, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return this.text(key).uint32(5).bytes(bytes);
  }

  /** A metadata entry of an f32 (GGUF value type 6). */
  float32Entry(key: string, value: number): this {
    return this.text(key)
      .uint32(6)
      .bytes(Buffer.from(Float32Array.of(value).buffer));
  }

  /** A metadata entry of a truth value (GGUF value type 7). */
  booleanEntry(key: string, value: boolean): this {
    return this.text(key)
      .uint32(7)
      .bytes(Buffer.of(value ? 1 : 0));
  }

  /** A metadata entry of a list of texts (type 9 of 8). */
  textsEntry(key: string, values: readonly string[]): this {
    this.text(key).uint32(9).uint32(8).uint64(values.length);
    for (const value of values) this.text(value);
    return this;
  }

  /** A metadata entry of a list of numbers: f32 (type 6) or i32 (type 5). */
  numbersEntry(key: string, values: Float32Array | Int32Array): this {
    this.text(key)
      .uint32(9)
      .uint32(values instanceof Float32Array ? 6 : 5)
      .uint64(values.length);
    return this.bytes(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }

  /** Zeros up to the next multiple of `alignmentBytes`. */
  align(alignmentBytes: number): this {
    const missing = (alignmentBytes - (this.#byteCount % alignmentBytes)) % alignmentBytes;
    return missing === 0 ? this : this.bytes(Buffer.alloc(missing));
  }

  finish(): Buffer {
    return Buffer.concat(this.#pieces, this.#byteCount);
  }
}
