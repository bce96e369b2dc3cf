import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How an upload must go on once it has taken the time that every request has. */
export interface UploadPace {
  readonly windowMs: number;
  /** Bytes that must come within each window, unless it is we who don't take them. */
  readonly windowBytesMin: number;
}

/** A MiB within half an hour: a piece of a file comes before its store takes the file for one that is given up. */
export const usualUploadPace: UploadPace = { windowMs: 30_000, windowBytesMin: 16 * 1024 };

const UPLOAD_URL = '/v1/files';

interface Upload {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Lets an upload take as long as it goes on at its pace, where every other request has one limit: the largest file would
 * need a fast line else. What was answered before its body came, as without a key, has no such patience.
 */
export class UploadPatience {
  readonly #uploads = new WeakMap<Socket, Upload>();
  readonly #pace: UploadPace;
  readonly #refuse: (socket: Socket) => void;

  /** `refuse` ends the connection of an upload that no longer goes on. */
  constructor(refuse: (socket: Socket) => void, pace: UploadPace = usualUploadPace) {
    this.#refuse = refuse;
    this.#pace = pace;
  }

  /** Notes the uploads of an app whose routes are not opened yet. */
  attach(app: FastifyInstance): void {
    app.addHook('onRoute', (route) => {
      if (route.url !== UPLOAD_URL || route.method !== 'POST') return;
      route.onRequest = (request, reply, done) => {
        this.#uploads.set(request.raw.socket, { request: request.raw, response: reply.raw });
        done();
      };
    });
  }

  /** Told that a connection's request has taken its time: whether it is an upload, which is watched from here on. */
  isGranted(socket: Socket): boolean {
    const upload = this.#uploads.get(socket);
    if (upload === undefined || upload.request.complete || upload.response.writableEnded) return false;
    let readBytes = socket.bytesRead;
    const timer = setInterval(() => {
      const { request, response } = upload;
      if (request.complete || socket.destroyed) return clearInterval(timer);
      const isOurs = request.readableLength > 0 && !response.writableEnded;
      const hasMoved = socket.bytesRead - readBytes >= this.#pace.windowBytesMin && !response.writableEnded;
      readBytes = socket.bytesRead;
      if (hasMoved || isOurs) return;
      clearInterval(timer);
      this.#refuse(socket);
    }, this.#pace.windowMs);
    timer.unref();
    return true;
  }
}
