import { batchListQuerySchema, batchRequestSchema } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { FastifyInstance } from 'fastify';
import type { BatchStore } from '../batches/batch-store.ts';
import type { FileStore } from '../batches/file-store.ts';
import { gatewayFault } from '../faults.ts';
import { answerOnce, sendKept } from '../idempotency/answer-once.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { requestHash } from '../json-body.ts';
import type { GatewayPorts } from '../ports.ts';
import { authenticated, refuse } from '../rim.ts';
import { shapeFault } from '../shape-fault.ts';
import { isStoredId, notFound } from '../stored-id.ts';

/** Batches of one page where none is asked for, as the vendor's API has it. */
const PAGE_DEFAULT = 20;

interface Params {
  readonly Params: { readonly batchId: string };
}

/** What the door of batches stands on. */
export interface BatchesDoorParts {
  readonly ports: GatewayPorts;
  readonly idempotency: Idempotency;
  readonly files: FileStore;
  readonly batches: BatchStore;
}

/** `/v1/batches`: many requests at half the price, answered within a day by cards that are idle. */
export function openBatchesDoor(app: FastifyInstance, parts: BatchesDoorParts): void {
  const { ports, batches } = parts;
  app.post('/v1/batches', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const asked = batchRequestSchema.safeParse(request.body);
    if (!asked.success) {
      const { fault, param } = shapeFault(asked.error, 'POST /v1/batches');
      return refuse(reply, fault, param);
    }
    const once = { idempotency: parts.idempotency, caller, hashOf: () => requestHash(request) };
    return answerOnce(request, reply, once, async (keep) => {
      const fileId = asked.data.input_file_id;
      const file = isStoredId(fileId) ? await parts.files.find(caller.organisationId, fileId) : null;
      if (isFault(file)) return refuse(reply, file);
      if (file === null) return refuse(reply, notFound('file', fileId), 'input_file_id');
      if (file.purpose !== 'batch') return refuse(reply, notAnInput(fileId), 'input_file_id');
      const created = await batches.create(caller, asked.data);
      return isFault(created) ? refuse(reply, created) : sendKept(reply, keep, created.id, created);
    });
  });
  app.get('/v1/batches', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const query = batchListQuerySchema.safeParse(request.query);
    if (!query.success) {
      const { fault, param } = shapeFault(query.error, 'GET /v1/batches');
      return refuse(reply, fault, param);
    }
    const { after, limit } = query.data;
    const afterBatchId = after !== undefined && isStoredId(after) ? after : null;
    const listed = await batches.list(caller.organisationId, { afterBatchId, limitCount: limit ?? PAGE_DEFAULT });
    if (isFault(listed)) return refuse(reply, listed);
    const data = listed.batches;
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    return { object: 'list', data, ...ends, has_more: listed.hasMore };
  });
  app.get<Params>('/v1/batches/:batchId', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const { batchId } = request.params;
    const batch = isStoredId(batchId) ? await batches.find(caller.organisationId, batchId) : null;
    if (isFault(batch)) return refuse(reply, batch);
    return batch ?? refuse(reply, notFound('batch', batchId));
  });
  app.post<Params>('/v1/batches/:batchId/cancel', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const { batchId } = request.params;
    const batch = isStoredId(batchId) ? await batches.cancel(caller.organisationId, batchId) : null;
    if (isFault(batch)) return refuse(reply, batch);
    if (batch === null) return refuse(reply, notFound('batch', batchId));
    const isStopping = batch.status === 'cancelling' || batch.status === 'cancelled';
    return isStopping ? batch : refuse(reply, notCancellable(batchId, batch.status));
  });
}

function notAnInput(fileId: string): Fault {
  return gatewayFault('invalid_request', {
    what: 'The batch was refused.',
    why: `The file "${fileId}" holds results of a batch.`,
    mend: 'Give the id of a file that was sent with the purpose "batch".',
  });
}

function notCancellable(batchId: string, status: string): Fault {
  return gatewayFault('not_cancellable', {
    what: `The batch "${batchId}" was not cancelled.`,
    why: `It is ${status}: every request of it has ended.`,
    mend: 'Read its results by its output_file_id and error_file_id.',
  });
}
