import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Notice, noticeText } from './notice.ts';

/** Where notices are asked for over HTTP: each run has a path that only it knows. */
export class NoticeBoard {
  readonly #noticeBySecret = new Map<string, Notice | null>();

  /** Answers for a run from now on: nothing yet. `secret`: 16 characters and more that nobody guesses, new for each run. */
  add(secret: string): void {
    if (!this.#noticeBySecret.has(secret)) this.#noticeBySecret.set(secret, null);
  }

  /** Answers a run with its notice from now on. */
  tell(secret: string, notice: Notice): void {
    this.#noticeBySecret.set(secret, notice);
  }

  /** Forgets a run that has ended. */
  remove(secret: string): void {
    this.#noticeBySecret.delete(secret);
  }

  /** The path at which a run asks: `/notice/SECRET`. */
  pathOf(secret: string): string {
    return `/notice/${encodeURIComponent(secret)}`;
  }

  /**
   * Answers a request for a notice: 200 with it, 204 while there is none, 404 for a secret that is none, 405 for anything
   * but GET and HEAD. False, and no answer, where the path is not one of these: for a server that has others.
   */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const secret = /^\/notice\/([\w.%-]{1,300})$/.exec(request.url ?? '')?.[1];
    if (secret === undefined) return false;
    response.setHeader('cache-control', 'no-store');
    const notice = this.#noticeBySecret.get(secret);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (notice === undefined) {
      response.writeHead(404).end();
    } else if (notice === null) {
      response.writeHead(204).end();
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(noticeText(notice));
    }
    return true;
  }
}
