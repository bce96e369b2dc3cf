/** OpenAI's wire, as far as we speak it: requests, answers, stream events, errors. */
export {
  BATCH_LINES_MAX,
  BATCHES_PAGE_MAX,
  type BatchEndpoint,
  type BatchLine,
  type BatchRequest,
  type BatchResult,
  type BatchStatus,
  batchEndpointSchema,
  batchLineSchema,
  batchListQuerySchema,
  batchRequestSchema,
  batchResultSchema,
  batchSchema,
  batchStatusSchema,
  type OpenAiBatch,
} from './openai/batches.ts';
export {
  type ChatChunk,
  type ChatCompletion,
  type ChatRequest,
  type ChoiceLogprobs,
  chatChunkSchema,
  chatCompletionSchema,
  chatRequestSchema,
  choiceLogprobsSchema,
  type FinishReason,
  finishReasonSchema,
  type ResponseFormat,
  responseFormatSchema,
  streamOptionsSchema,
  type TokenLogprob,
  tokenLogprobSchema,
} from './openai/chat.ts';
export {
  type Completion,
  type CompletionLogprobs,
  type CompletionRequest,
  completionLogprobsSchema,
  completionRequestSchema,
  completionSchema,
  PROMPTS_MAX,
} from './openai/completions.ts';
export {
  type EmbeddingRequest,
  type EmbeddingResponse,
  embeddingRequestSchema,
  embeddingResponseSchema,
  INPUTS_MAX,
} from './openai/embeddings.ts';
export { type OpenAiError, openAiErrorSchema, openAiErrorType, toWireOpenAiError } from './openai/error.ts';
export {
  FILE_BYTES_MAX,
  FILES_PAGE_MAX,
  type FileListQuery,
  fileListQuerySchema,
  fileSchema,
  type OpenAiFile,
} from './openai/files.ts';
export { type ChatMessage, chatMessageSchema, MESSAGES_MAX, messageText } from './openai/messages.ts';
export { type Metadata, metadataSchema } from './openai/metadata.ts';
export {
  type OpenAiResponse,
  type OutputItem,
  outputItemSchema,
  type ResponseItem,
  type ResponseRequest,
  type ResponseUsage,
  responseItemSchema,
  responseRequestSchema,
  responseSchema,
  responseTextSchema,
  responseToolSchema,
  responseUsageSchema,
} from './openai/responses.ts';
export {
  CHOICES_MAX,
  NEW_TOKENS_MAX,
  STOP_STRINGS_MAX,
  samplingFields,
  stopStrings,
  TOP_LOGPROBS_MAX,
} from './openai/sampling.ts';
export {
  jsonSchemaSchema,
  TOOLS_MAX,
  type Tool,
  type ToolCall,
  type ToolCallDelta,
  type ToolChoice,
  toolCallDeltaSchema,
  toolCallSchema,
  toolChoiceSchema,
  toolSchema,
} from './openai/tools.ts';
export { type Usage, usageSchema } from './openai/usage.ts';
