/** GGUF files, read before llama.cpp sees them: header, tensors' places, and what a server must know. */

export type { ModelFault, ModelFaultCode } from './faults.ts';
export { type GgufHeader, type MetadataValue, readGgufHeader, type TensorPlace } from './gguf/header.ts';
export { inspectModelFile, type ModelFile } from './gguf/model-file.ts';
