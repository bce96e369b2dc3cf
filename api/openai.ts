/** OpenAI's wire, as far as we speak it: requests, answers, stream events, errors. */
export {
  type ChatChunk,
  type ChatCompletion,
  type ChatMessage,
  type ChatRequest,
  chatChunkSchema,
  chatCompletionSchema,
  chatMessageSchema,
  chatRequestSchema,
  type FinishReason,
  finishReasonSchema,
  MESSAGES_MAX,
  messageText,
  STOP_STRINGS_MAX,
  stopStrings,
  type Usage,
  usageSchema,
} from './openai/chat.ts';
export { type OpenAiError, openAiErrorSchema, openAiErrorType, toWireOpenAiError } from './openai/error.ts';
