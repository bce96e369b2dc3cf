import type { Batcher } from '../batching/batcher.ts';
import type { Embedder } from '../llama/embedder.ts';
import type { ChatPrompt } from '../prompt/chat-prompt.ts';

/** What can be asked of a model: which of OpenAI's paths are answered. */
export type Door = 'chat' | 'completions' | 'embeddings';

/** A model that writes text. */
export interface TextWriter {
  readonly batcher: Batcher;
  readonly prompt: ChatPrompt;
}

/** What answering needs, once the model is ready. */
export interface ServedModel {
  /** The only name that is served; `undefined` serves whatever a request calls the model. */
  readonly requiredName: string | undefined;
  readonly displayName: string;
  /** Of one request: prompt and answer, or one text to be made a vector. */
  readonly contextTokens: number;
  /** `undefined` where the model only gives vectors. */
  readonly writer: TextWriter | undefined;
  /** `undefined` where the model gives no vectors. */
  readonly embedder: Embedder | undefined;
}
