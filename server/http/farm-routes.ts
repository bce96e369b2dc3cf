import type { EventEmitter } from 'node:events';
import type { FarmView } from '@rerig/api/exchange';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { httpFault } from './faults.ts';
import { sendProblem } from './problem.ts';

/** What the farm's routes need: its view now, and word of each change. */
export interface FarmSource {
  readonly view: () => Promise<FarmView>;
  readonly changes: EventEmitter<{ change: [] }>;
}

/** At most one view is made in this time, however much changes: 50 requests/s must not make 50 views/s. */
const VIEW_INTERVAL_MS = 500;
const KEEP_ALIVE_INTERVAL_MS = 15_000;
/** Most pages that watch at once; each costs one socket and one view's text while it is behind. */
const WATCHERS_MAX = 100;

/** `GET /api/v1/farm`, and `/api/v1/farm/events`: the whole view again, whenever it has changed. */
export function openFarmRoutes(app: FastifyInstance, source: FarmSource): void {
  const watchers = new Set<FastifyReply['raw']>();
  let lastSent = '';
  let timer: NodeJS.Timeout | null = null;

  const send = async () => {
    timer = null;
    if (watchers.size === 0) return;
    const text = JSON.stringify(await source.view());
    if (text === lastSent) return;
    lastSent = text;
    for (const raw of watchers) {
      // A page that is still behind with the last view gets the next one instead: it shows the newest state only.
      if (raw.writableLength === 0) raw.write(`event: farm\ndata: ${text}\n\n`);
    }
  };
  const onChange = () => {
    timer ??= setTimeout(
      () => send().catch((error) => app.log.error({ err: error }, 'no view could be sent')),
      VIEW_INTERVAL_MS,
    );
  };
  source.changes.on('change', onChange);
  const keepAlive = setInterval(() => {
    for (const raw of watchers) raw.write(': still here\n\n');
  }, KEEP_ALIVE_INTERVAL_MS);
  app.addHook('preClose', async () => {
    source.changes.off('change', onChange);
    clearInterval(keepAlive);
    if (timer !== null) clearTimeout(timer);
    for (const raw of watchers) raw.end();
  });

  app.get('/api/v1/farm', async () => source.view());
  app.get('/api/v1/farm/events', async (_request, reply) => {
    if (watchers.size >= WATCHERS_MAX) return sendProblem(reply, 503, tooMany());
    const first = JSON.stringify(await source.view());
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    reply.raw.write(`event: farm\ndata: ${first}\n\n`);
    watchers.add(reply.raw);
    reply.raw.on('close', () => watchers.delete(reply.raw));
    return reply;
  });
}

function tooMany() {
  return httpFault('http-too-many-watchers', {
    what: 'The page can not be kept live.',
    why: `${WATCHERS_MAX} pages watch this server already.`,
    mend: 'Close some of them; this page tries again by itself.',
  });
}
