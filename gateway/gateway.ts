/** The public OpenAI-compatible door: one file an endpoint, over ports that the exchange fills. */

export { answerLine } from './batches/answer-line.ts';
export {
  type BatchEvent,
  batchEvents,
  batchLifecycle,
  batchStatuses,
  isBatchOver,
  nextBatchStatus,
  statusesBefore,
} from './batches/batch-lifecycle.ts';
export type { BatchStore } from './batches/batch-store.ts';
export type { FilePage, FilePurpose, FileStore, FileToKeep, Seal, StoredFile } from './batches/file-store.ts';
export type { LineAnswer, LineRequest } from './batches/line-answer.ts';
export { type ParsedBatchLine, parseBatchLine } from './batches/parse-batch-line.ts';
export { type FileLine, splitLines } from './batches/split-lines.ts';
export type { ModelDemand } from './demand.ts';
export type { GatewayFaultCode } from './faults.ts';
export { gatewayFault } from './faults.ts';
export { type GatewayOptions, type GatewayStores, type OpenedGateway, openGateway } from './open-gateway.ts';
export type {
  Admission,
  Caller,
  Constraints,
  Delivery,
  GatewayPorts,
  Isolation,
  KeptAnswer,
  Observation,
  Outcome,
  Priority,
  RateLimit,
  Replica,
  ReplicaDoor,
  RequestBounds,
  ServedModel,
} from './ports.ts';
export { answerWhole, type DeliveredWhole } from './relay/answer-whole.ts';
export type { Asked } from './relay/asked.ts';
export type { Chunk, ChunkChoice } from './relay/chunk.ts';
export { type EventPieces, EventStreamReader } from './relay/event-stream.ts';
export { Answer, type Ending, openAnswer } from './relay/open-answer.ts';
export type { Ask, Gateway } from './relay/run.ts';
export type { ResponseStore, StoredResponse } from './responses/response-store.ts';
export { BODY_BYTES_MAX } from './rim.ts';
export { type PrefixMark, prefixMarks } from './routing/prefix-affinity.ts';
export {
  type Route,
  type RouteRequest,
  type RouteResult,
  Router,
  type RouterOptions,
} from './routing/router.ts';
export { notFound } from './stored-id.ts';
