/** GGUF files, read before llama.cpp sees them: header, tensors' places, and what a server must know. */

export type { ModelFault, ModelFaultCode } from './faults.ts';
export {
  type GgufHeader,
  type MetadataValue,
  readGgufBeginning,
  readGgufHeader,
  readGgufPart,
  type TensorPlace,
} from './gguf/header.ts';
export { type ModelFacts, modelFactsOf, type Pooling, wholeModelFacts } from './gguf/model-facts.ts';
export { inspectModelFile, type ModelFile } from './gguf/model-file.ts';
export { splitSiblings, splitStem } from './gguf/split-name.ts';
