import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Fault } from '@rerig/domain/fault';
import {
  BODY_BYTES_MAX,
  type GatewayPorts,
  type GatewayStores,
  type OpenedGateway,
  openGateway,
} from '@rerig/gateway/gateway';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { openConsolePages } from './console-pages.ts';
import { type FarmSource, openFarmRoutes } from './farm-routes.ts';
import { type HttpFaultCode, httpFault } from './faults.ts';
import { acceptLoopbackOnly } from './loopback-only.ts';
import { sendProblem } from './problem.ts';
import { refuseConnection } from './refuse-connection.ts';
import { UploadPatience } from './upload-patience.ts';

/** What Prometheus reads. */
export interface MetricsSource {
  readonly contentType: string;
  render(): Promise<string>;
}

/** What the HTTP rim serves. */
export interface ServerParts {
  readonly gateway: GatewayPorts;
  readonly stores: GatewayStores;
  readonly farm: FarmSource;
  readonly metrics: MetricsSource;
  readonly consoleDistFolder: string;
  readonly logger: Logger;
}

const HEADERS_BYTES_MAX = 16 * 1024;
const REQUEST_LIMIT_MS = 60_000;
/** How Node names a request that has not come whole within the limit. */
const REQUEST_LATE = 'ERR_HTTP_REQUEST_TIMEOUT';
const HOST = '127.0.0.1';

/** Builds the server: gateway at `/v1`, exchange at `/api/v1`, console at `/`. It does not listen yet. */
export async function buildServer(
  parts: ServerParts,
): Promise<{ readonly app: FastifyInstance; readonly opened: OpenedGateway }> {
  const patience = new UploadPatience((socket) => refuseConnection(socket, REQUEST_LATE));
  const loggerInstance: FastifyBaseLogger = parts.logger;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_LIMIT_MS,
    clientErrorHandler: (error, socket) => {
      if (error.code !== REQUEST_LATE || !patience.isGranted(socket)) refuseConnection(socket, error.code);
    },
    forceCloseConnections: true,
    http: { maxHeaderSize: HEADERS_BYTES_MAX, headersTimeout: REQUEST_LIMIT_MS },
  });
  patience.attach(app);
  acceptLoopbackOnly(app);
  app.setErrorHandler((error, request, reply) => {
    request.log.error({ err: error }, 'a request broke');
    return sendProblem(reply, 500, broken());
  });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/metrics', async (_request, reply) =>
    reply.type(parts.metrics.contentType).send(await parts.metrics.render()),
  );
  openFarmRoutes(app, parts.farm);
  const opened = await openGateway(app, parts.gateway, { stores: parts.stores });
  await openConsolePages(app, parts.consoleDistFolder);
  return { app, opened };
}

/** Listens on loopback: on `port`, or on `preferredPort` where that is free, or on any free one. Gives the port. */
export async function listenOnLoopback(
  app: FastifyInstance,
  ports: { readonly port: number | null; readonly preferredPort: number | null },
): Promise<number | Fault<HttpFaultCode>> {
  if (ports.port !== null && !(await isFree(ports.port))) return portTaken(ports.port);
  const preferred = ports.preferredPort !== null && (await isFree(ports.preferredPort)) ? ports.preferredPort : 0;
  const address = await app.listen({ host: HOST, port: ports.port ?? preferred });
  return Number(new URL(address).port);
}

async function isFree(port: number): Promise<boolean> {
  const trial = createServer();
  try {
    trial.listen(port, HOST);
    await once(trial, 'listening');
    return true;
  } catch {
    // Taken, or not ours to take: both mean that we can't listen there.
    return false;
  } finally {
    trial.close();
  }
}

function portTaken(port: number): Fault<HttpFaultCode> {
  return httpFault('http-port-taken', {
    what: `Rerig can't listen on port ${port}.`,
    why: "Another program listens there, or this user may not (ports below 1024 are root's).",
    mend: 'Give another with --port N, or leave --port out: a free one is chosen.',
  });
}

function broken() {
  return httpFault('http-broken', {
    what: 'The request failed.',
    why: 'Something broke in the server; its log has the details.',
    mend: 'Try again. If it fails again, report it with the log.',
  });
}
