import { createServer, type Server } from 'node:http';
import { type ExecutorFault, executorFault } from '../faults.ts';
import { NoticeBoard } from './notice-board.ts';

/** Where the door listens: a port of an address (0: any that is free), or a socket's path. */
export type NoticeDoorPlace =
  | { readonly kind: 'port'; readonly host: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string };

/** An open door: one for all workloads of an executor. */
export interface NoticeDoor {
  readonly board: NoticeBoard;
  /** Listened on; 0 for a socket. A next start that takes up workloads opens the same one: they know no other. */
  readonly port: number;
  /** For RERIG_NOTICE_URL. Of a socket: what is asked of it, `http://localhost/notice/…`. */
  urlOf(secret: string): string;
  close(): Promise<void>;
}

/** A request is one line, and is answered at once. */
const REQUEST_MS_MAX = 5_000;
const CONNECTION_COUNT_MAX = 1_000;
const HEADER_BYTES_MAX = 4_096;

/** Opens the door for notices. A Fault, `start-failed`, where the place is taken or is none of ours. */
export async function openNoticeDoor(place: NoticeDoorPlace): Promise<NoticeDoor | ExecutorFault> {
  const board = new NoticeBoard();
  const server = createServer(
    { requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX, maxHeaderSize: HEADER_BYTES_MAX },
    (request, response) => {
      if (!board.answer(request, response)) response.writeHead(404).end();
    },
  );
  server.maxConnections = CONNECTION_COUNT_MAX;
  const cause = await listen(server, place);
  if (cause !== null) {
    return executorFault('start-failed', {
      what: `Nothing can be asked for notices at ${place.kind === 'port' ? `${place.host}:${place.port}` : place.path}.`,
      why: `The system said: ${cause.message}`,
      mend: 'End what listens there, or name another place.',
    });
  }
  server.unref();
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const host = place.kind === 'port' ? `${place.host}:${port}` : 'localhost';
  return {
    board,
    port,
    urlOf: (secret) => `http://${host}${board.pathOf(secret)}`,
    close: () => close(server),
  };
}

async function listen(server: Server, place: NoticeDoorPlace): Promise<Error | null> {
  const { promise, resolve } = Promise.withResolvers<Error | null>();
  server.once('error', resolve);
  const options = place.kind === 'port' ? { host: place.host, port: place.port } : { path: place.path };
  server.listen(options, () => {
    server.off('error', resolve);
    resolve(null);
  });
  return promise;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  return promise;
}
