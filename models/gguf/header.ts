import { InvariantError, isFault } from '@rerig/domain/fault';
import { MIB } from '@rerig/domain/quantity';
import { type ModelFault, modelFault } from '../faults.ts';
import {
  fileHeaderBytes,
  type HeaderBytes,
  HeaderIncomplete,
  HeaderProblem,
  HeaderSource,
  memoryHeaderBytes,
} from './header-source.ts';
import { tensorType } from './tensor-types.ts';

/**
 * A value of GGUF's metadata. Of an array only its length is kept, because tokenizers hold hundreds of thousands of
 * entries, and of a long text (a chat template) only its bytes are counted.
 */
export type MetadataValue =
  | string
  | number
  | boolean
  | bigint
  | { readonly arrayLength: number }
  | { readonly textBytes: number };

/** One tensor's place in the file. */
export interface TensorPlace {
  readonly name: string;
  readonly typeName: string;
  readonly elementCount: number;
  readonly byteCount: number;
}

/** What a GGUF file says of itself before its weights. */
export interface GgufHeader {
  readonly version: number;
  readonly fileBytes: number;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: readonly TensorPlace[];
  readonly tensorBytes: number;
}

/** Most bytes of a header that are read. The largest tokenizers of 2026 take about 30 MB. */
const HEADER_BYTES_MAX = 128 * MIB;
const TENSORS_MAX = 65_536;
const ENTRIES_MAX = 4096;
const TEXT_BYTES_MAX = 4 * MIB;
/** GGUF's own bound on names of tensors is 64, and on keys 65,535. */
const NAME_BYTES_MAX = 65_535;
/** Longer texts are not kept: no name that we read is as long. */
const TEXT_KEPT_BYTES_MAX = 4096;
const DIMENSIONS_MAX = 4;
const VERSIONS: readonly number[] = [2, 3];

/** Reads the header of a GGUF file and checks that every tensor lies inside the file; reads nothing of the weights. */
export function readGgufHeader(path: string): GgufHeader | ModelFault {
  const header = readHeader(path, () => fileHeaderBytes(path));
  if (header === 'incomplete') throw new InvariantError(`all of ${path} is there, and its header is not`);
  return header;
}

/**
 * Reads the header of a file of `wholeBytes` of which `arrived` is the beginning; `'incomplete'` where the header goes on
 * past it. `label` is what a fault calls the file.
 */
export function readGgufBeginning(
  label: string,
  arrived: Buffer,
  wholeBytes: number,
): GgufHeader | ModelFault | 'incomplete' {
  return readHeader(label, () => memoryHeaderBytes(arrived, wholeBytes));
}

/** As `readGgufBeginning`, where the beginning is in the file `path`. */
export function readGgufPart(path: string, label: string, wholeBytes: number): GgufHeader | ModelFault | 'incomplete' {
  return readHeader(label, () => fileHeaderBytes(path, wholeBytes));
}

function readHeader(label: string, open: () => HeaderBytes): GgufHeader | ModelFault | 'incomplete' {
  const source = openSource(label, open);
  if (isFault(source)) return source;
  try {
    return parseHeader(label, source);
  } catch (problem) {
    if (problem instanceof HeaderIncomplete) return 'incomplete';
    return brokenFile(label, problem);
  } finally {
    source.close();
  }
}

function openSource(path: string, open: () => HeaderBytes): HeaderSource | ModelFault {
  try {
    return new HeaderSource(open(), HEADER_BYTES_MAX);
  } catch (error) {
    if (error instanceof HeaderProblem) return brokenFile(path, error);
    return modelFault('model_file_missing', {
      what: `The model file ${path} can't be opened.`,
      why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Give the path of a GGUF file that this user may read.',
    });
  }
}

function brokenFile(path: string, problem: unknown): ModelFault {
  if (!(problem instanceof HeaderProblem)) throw problem;
  return modelFault('model_file_broken', {
    what: `The model file ${path} is not a whole GGUF file.`,
    why: `Read to check it, ${problem.message}`,
    mend: 'Fetch or export the file again, and compare its SHA-256 with its source.',
  });
}

function parseHeader(path: string, source: HeaderSource): GgufHeader | ModelFault {
  if (source.fileBytes === 0) throw new HeaderProblem('it is empty (0 bytes).');
  if (source.fileBytes < 24) throw new HeaderProblem(`it has ${source.fileBytes} bytes, and a header alone takes 24.`);
  const magic = source.text(4);
  if (magic !== 'GGUF') throw new HeaderProblem(`it begins with ${JSON.stringify(magic)} instead of "GGUF".`);
  const version = source.uint32();
  if (!VERSIONS.includes(version)) {
    return modelFault('model_version_unknown', {
      what: `The model file ${path} says GGUF version ${version}.`,
      why: `The llama.cpp of this server reads versions ${VERSIONS.join(' and ')} (little-endian).`,
      mend: 'Convert the file with a current llama.cpp, or fetch it in one of those versions.',
    });
  }
  const tensorCount = source.count('the number of tensors', TENSORS_MAX);
  const entryCount = source.count('the number of metadata entries', ENTRIES_MAX);
  const metadata = new Map<string, MetadataValue>();
  for (let entry = 0; entry < entryCount; entry++) {
    const key = readName(source, 'a metadata key');
    metadata.set(key, readValue(source, source.uint32(), key));
  }
  const alignmentBytes = metadata.get('general.alignment') ?? 32;
  if (typeof alignmentBytes !== 'number' || alignmentBytes < 1 || (alignmentBytes & (alignmentBytes - 1)) !== 0) {
    throw new HeaderProblem('its general.alignment is not a power of two.');
  }
  return { version, fileBytes: source.fileBytes, metadata, ...readTensors(source, tensorCount, alignmentBytes) };
}

function readTensors(
  source: HeaderSource,
  tensorCount: number,
  alignmentBytes: number,
): Pick<GgufHeader, 'tensors' | 'tensorBytes'> {
  const tensors: TensorPlace[] = [];
  let expectedOffset = 0;
  for (let index = 0; index < tensorCount; index++) {
    const { tensor, offset } = readTensor(source);
    if (offset !== expectedOffset) {
      throw new HeaderProblem(`tensor ${tensor.name} is placed at ${offset}, where ${expectedOffset} is due.`);
    }
    expectedOffset += roundUp(tensor.byteCount, alignmentBytes);
    tensors.push(tensor);
  }
  const last = tensors.at(-1);
  if (last === undefined) return { tensors, tensorBytes: 0 };
  const dataStart = roundUp(source.offset, alignmentBytes);
  const dataEnd = dataStart + expectedOffset - (roundUp(last.byteCount, alignmentBytes) - last.byteCount);
  if (dataEnd > source.fileBytes) {
    throw new HeaderProblem(`its tensors end at byte ${dataEnd}, but the file ends at byte ${source.fileBytes}.`);
  }
  return { tensors, tensorBytes: dataEnd - dataStart };
}

function readTensor(source: HeaderSource): { readonly tensor: TensorPlace; readonly offset: number } {
  const name = readName(source, 'a tensor name');
  const dimensionCount = source.uint32();
  if (dimensionCount > DIMENSIONS_MAX) {
    throw new HeaderProblem(`tensor ${name} has ${dimensionCount} dimensions, above ${DIMENSIONS_MAX}.`);
  }
  let elementCount = 1;
  let rowElements = 1;
  for (let dimension = 0; dimension < dimensionCount; dimension++) {
    const length = source.count(`a dimension of tensor ${name}`, 2 ** 40);
    if (dimension === 0) rowElements = length;
    elementCount *= length;
  }
  const typeNumber = source.uint32();
  const type = tensorType(typeNumber);
  if (!type) throw new HeaderProblem(`tensor ${name} is of type ${typeNumber}, which llama.cpp v0.5.0 does not know.`);
  if (elementCount === 0 || !Number.isSafeInteger(elementCount) || rowElements % type.blockElements !== 0) {
    throw new HeaderProblem(`tensor ${name} has a row of ${rowElements} and ${elementCount} elements in all.`);
  }
  const byteCount = (elementCount / type.blockElements) * type.blockBytes;
  const offset = source.count(`the place of tensor ${name}`, Number.MAX_SAFE_INTEGER);
  return { tensor: { name, typeName: type.name, elementCount, byteCount }, offset };
}

function readName(source: HeaderSource, what: string): string {
  return source.text(source.count(`the length of ${what}`, NAME_BYTES_MAX));
}

function readText(source: HeaderSource, key: string): MetadataValue {
  const textBytes = source.count(`the length of ${key}`, TEXT_BYTES_MAX);
  if (textBytes <= TEXT_KEPT_BYTES_MAX) return source.text(textBytes);
  source.skip(textBytes);
  return { textBytes };
}

/** Bytes of the fixed-width value types; 8 is text, 9 an array. */
const WIDTHS: Partial<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

function readValue(source: HeaderSource, type: number, key: string): MetadataValue {
  switch (type) {
    case 0:
      return source.uint8();
    case 1:
      return (source.uint8() << 24) >> 24;
    case 2:
      return source.uint16();
    case 3:
      return (source.uint16() << 16) >> 16;
    case 4:
      return source.uint32();
    case 5:
      return source.int32();
    case 6:
      return source.float32();
    case 7:
      return source.uint8() !== 0;
    case 8:
      return readText(source, key);
    case 9:
      return skipArray(source, key);
    case 10:
      return source.uint64();
    case 11:
      return source.int64();
    case 12:
      return source.float64();
    default:
      throw new HeaderProblem(`the entry ${key} has value type ${type}, which GGUF does not define.`);
  }
}

function skipArray(source: HeaderSource, key: string): MetadataValue {
  const elementType = source.uint32();
  const arrayLength = source.count(`the length of ${key}`, HEADER_BYTES_MAX);
  const width = WIDTHS[elementType];
  if (width !== undefined) source.skip(width * arrayLength);
  else if (elementType === 8) {
    for (let index = 0; index < arrayLength; index++) source.skip(source.count(`a text in ${key}`, TEXT_BYTES_MAX));
  } else throw new HeaderProblem(`the array ${key} has element type ${elementType}, which is not accepted.`);
  return { arrayLength };
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
