import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EmbeddingResponse, embeddingRequestSchema } from '@rerig/api/openai';
import { isFault } from '@rerig/domain/fault';
import { type ServeFault, serveFault } from '../faults.ts';
import type { Embedder } from '../llama/embedder.ts';
import { sendJson } from './answer.ts';
import type { BodyRoom } from './body-room.ts';
import { inputsOf, inputTokens } from './completion-order.ts';
import { givesNoVectors, refuse } from './door-refusals.ts';
import { type RequestRefusal, refuseOtherModel, schemaRefusal } from './generation-plan.ts';
import { withJsonBody } from './read-body.ts';
import type { RequestWatch } from './request-context.ts';
import type { ServedModel } from './served-model.ts';

/** What a request for vectors asks for. */
interface EmbeddingOrder {
  readonly modelName: string;
  readonly inputs: readonly Int32Array[];
  readonly isBase64: boolean;
  readonly dimensions: number;
}

/** `POST /v1/embeddings`: a vector of length 1 for each input. */
export async function answerEmbeddings(
  served: ServedModel,
  room: BodyRoom,
  watch: RequestWatch,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { embedder } = served;
  if (embedder === undefined) return refuse(response, watch, givesNoVectors());
  const order = await withJsonBody(message, room, (json) => readOrder(served, embedder, json));
  if (isFault(order)) return refuse(response, watch, order);
  if ('fault' in order) return refuse(response, watch, order.fault, order.parameter);
  const results = await Promise.all(order.inputs.map((tokens) => embedder.embed(tokens)));
  const vectors: Float32Array[] = [];
  for (const result of results) {
    if (isFault(result)) return refuse(response, watch, result);
    vectors.push(result);
  }
  const tokenCount = order.inputs.reduce((sum, tokens) => sum + tokens.length, 0);
  watch.end('completed', { promptTokens: tokenCount, cachedPromptTokens: 0, completionTokens: 0 });
  const answer: EmbeddingResponse = {
    object: 'list',
    model: order.modelName,
    data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: toWireVector(vector, order) })),
    usage: { prompt_tokens: tokenCount, total_tokens: tokenCount },
  };
  sendJson(response, 200, answer);
}

async function readOrder(
  served: ServedModel,
  embedder: Embedder,
  json: unknown,
): Promise<EmbeddingOrder | RequestRefusal> {
  const parsed = embeddingRequestSchema.safeParse(json);
  if (!parsed.success) return schemaRefusal(parsed.error.issues[0], '/v1/embeddings');
  const request = parsed.data;
  const otherModel = refuseOtherModel(request.model, served.requiredName);
  if (otherModel) return otherModel;
  const dimensions = request.dimensions ?? embedder.width;
  if (dimensions > embedder.width) return { fault: tooWide(dimensions, embedder.width), parameter: 'dimensions' };
  const inputs: Int32Array[] = [];
  for (const input of inputsOf(request.input)) {
    const tokens = await inputTokens(input, embedder.vocabulary, embedder.tokensMax, false);
    if (isFault(tokens)) return { fault: tokens, parameter: 'input' };
    inputs.push(tokens);
  }
  return { modelName: request.model, inputs, isBase64: request.encoding_format === 'base64', dimensions };
}

function toWireVector(vector: Float32Array, { dimensions, isBase64 }: EmbeddingOrder): number[] | string {
  const first = dimensions < vector.length ? shorten(vector, dimensions) : vector;
  if (!isBase64) return Array.from(first);
  const bytes = Buffer.alloc(first.length * 4);
  for (const [index, value] of first.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

/** The first so many numbers, made of length 1 again. */
function shorten(vector: Float32Array, dimensions: number): Float32Array {
  const first = vector.slice(0, dimensions);
  const length = Math.hypot(...first);
  return length > 0 ? first.map((value) => value / length) : first;
}

function tooWide(asked: number, width: number): ServeFault {
  return serveFault('invalid_request', {
    what: `Vectors of ${asked} numbers are asked for.`,
    why: `This model gives ${width}.`,
    mend: `Ask for ${width} dimensions or fewer.`,
  });
}
