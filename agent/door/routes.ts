import { Readable } from 'node:stream';
import {
  type DoorView,
  drainRequestSchema,
  type LogRecord,
  resumeRequestSchema,
  stopRequestSchema,
  workloadRequestSchema,
} from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { DoorDesk } from './door-desk.ts';
import type { DoorOptions } from './door-options.ts';
import { doorFault } from './faults.ts';
import { sendFault } from './send-fault.ts';

const workloadPathSchema = z.object({ workloadId: z.string().min(1).max(200) });
const logQuerySchema = z.object({
  from: z.coerce.number().int().min(0).exactOptional(),
  follow: z.enum(['true', 'false']).exactOptional(),
});

/**
 * Opens every route of the door. What is no request of ours is refused with a Fault that names the field. `onGivenUp` is called
 * once who asked for the executor knows that it has it.
 */
export function openRoutes(app: FastifyInstance, desk: DoorDesk, options: DoorOptions, onGivenUp: () => void): void {
  app.addHook('onRequest', async (_request, reply) => {
    desk.begin();
    // Also where the asker goes away in the middle.
    reply.raw.once('close', () => desk.finish());
  });
  app.setNotFoundHandler((request, reply) => sendFault(reply, unknownPath(request)));
  app.setErrorHandler((error, _request, reply) => sendFault(reply, faultOfError(error)));
  app.get('/', async (_request, reply) => reply.send(doorView(desk, options)));
  app.post('/give-up', async (_request, reply) => {
    if (options.giveUp === undefined) return sendFault(reply, kept());
    await options.giveUp();
    reply.raw.once('close', onGivenUp);
    return reply.header('connection', 'close').send({});
  });
  openWorkloadRoutes(app, desk);
  openCardRoutes(app, desk);
}

function openWorkloadRoutes(app: FastifyInstance, desk: DoorDesk): void {
  app.post('/workloads', async (request, reply) => {
    const wish = parseWith(workloadRequestSchema, request.body);
    return isFault(wish) ? sendFault(reply, wish) : answer(reply, await desk.start(wish));
  });
  app.get('/workloads', async (_request, reply) => reply.send({ workloads: await desk.list() }));
  app.get('/workloads/:workloadId', async (request, reply) => {
    const path = parseWith(workloadPathSchema, request.params);
    return isFault(path) ? sendFault(reply, path) : answer(reply, await desk.find(path.workloadId));
  });
  app.post('/workloads/:workloadId/stop', async (request, reply) => {
    const path = parseWith(workloadPathSchema, request.params);
    const wish = parseWith(stopRequestSchema, request.body ?? {});
    if (isFault(path)) return sendFault(reply, path);
    if (isFault(wish)) return sendFault(reply, wish);
    return answer(reply, await desk.stop(path.workloadId, wish.withinMs));
  });
  app.get('/workloads/:workloadId/logs', async (request, reply) => {
    const path = parseWith(workloadPathSchema, request.params);
    const query = parseWith(logQuerySchema, request.query);
    if (isFault(path)) return sendFault(reply, path);
    if (isFault(query)) return sendFault(reply, query);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const records = await desk.read(path.workloadId, query.from, query.follow === 'true', gone.signal);
    if (isFault(records)) return sendFault(reply, records);
    return reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(linesOf(records)));
  });
}

function openCardRoutes(app: FastifyInstance, desk: DoorDesk): void {
  app.get('/cards', async (_request, reply) => reply.send({ cards: await desk.executor.cards() }));
  app.post('/cards/drain', async (request, reply) => {
    const wish = parseWith(drainRequestSchema, request.body);
    if (isFault(wish)) return sendFault(reply, wish);
    return answer(reply, (await desk.executor.drain(wish.target, wish.why)) ?? {});
  });
  app.post('/cards/resume', async (request, reply) => {
    const wish = parseWith(resumeRequestSchema, request.body);
    if (isFault(wish)) return sendFault(reply, wish);
    return answer(reply, (await desk.executor.resume(wish.target)) ?? {});
  });
}

function answer(reply: FastifyReply, value: object | Fault): FastifyReply {
  return isFault(value) ? sendFault(reply, value) : reply.send(value);
}

async function* linesOf(records: AsyncGenerator<LogRecord>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}

function doorView(desk: DoorDesk, { executorKind, version, giveUp }: DoorOptions): DoorView {
  return {
    program: 'rerig-agent',
    version,
    processId: process.pid,
    executor: executorKind,
    isTransient: giveUp !== undefined,
    capabilities: desk.executor.capabilities,
  };
}

function parseWith<T>(schema: z.ZodType<T>, value: unknown): T | Fault {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'The request' : `Its field ${issue.path.join('.')}`;
  return doorFault('door-request-invalid', {
    what: 'The agent does not do what it is asked.',
    why: `${where} is wrong: ${issue?.message ?? 'it can not be read'}`,
    mend: 'Put that right, and ask again.',
  });
}

function unknownPath(request: FastifyRequest): Fault {
  return doorFault('door-path-unknown', {
    what: `The agent does not answer ${request.method} ${request.url.slice(0, 200)}.`,
    why: 'It has no such door.',
    mend: 'Use the "rerig" of the same version.',
  });
}

function kept(): Fault {
  return doorFault('door-kept', {
    what: 'The agent goes on.',
    why: 'It was started by hand, as by "rerig up", and ends when it is told to.',
    mend: 'End it with Ctrl-C where it runs.',
  });
}

function faultOfError(error: unknown): Fault {
  const statusCode = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
  const message = error instanceof Error ? error.message : String(error);
  if (typeof statusCode === 'number' && statusCode < 500) {
    return doorFault('door-request-invalid', {
      what: 'The agent does not do what it is asked.',
      why: `The request can't be read: ${message}.`,
      mend: 'Put that right, and ask again.',
    });
  }
  return doorFault('door-broken', {
    what: 'The agent could not do what it was asked.',
    why: `Something broke in it: ${message}.`,
    mend: 'Ask again. If it fails again, report it.',
  });
}
