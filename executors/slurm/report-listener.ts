import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { InvariantError } from '@rerig/domain/fault';

/** Who reports: a rank's script in one of its runs, known by its workload's token. */
export interface Reporter {
  readonly token: string;
  readonly run: number;
  readonly rank: number;
  readonly nodeName: string;
}

/** What a rank's script says of its rig's disk at its end: it could not begin there, or lines of its log are lost. */
export type DiskWord = 'folder' | 'full';

/** How a rank ended, and on which cards of its rig it ran. */
export interface RankEnd {
  readonly exitCode: number;
  readonly cardIndexes: readonly number[];
  readonly word: DiskWord | undefined;
}

/** What hears the scripts on the rigs. Reporters of unknown tokens are turned away before. */
export interface ReportHearer {
  knows(token: string): boolean;
  /** A rank's script is there, and its log comes from here. */
  began(reporter: Reporter): void;
  /** Its log comes no more: its script has ended, its rig is gone, or we close. */
  brokeOff(reporter: Reporter): void;
  /** How far a rank's log was heard. */
  heardBytes(reporter: Reporter): number;
  wrote(reporter: Reporter, atByte: number, bytes: Buffer): void;
  ended(reporter: Reporter, end: RankEnd): void;
  noticed(reporter: Reporter): void;
  /** The text of the notice by the key that the workload has; null where there is none yet, undefined for a foreign key. */
  noticeText(key: string): string | null | undefined;
  /** Word from a rig's epilog, of anybody: this job may have changed. Believed no further than to look. */
  poked(jobId: number): void;
}

const REST_BYTES_MAX = 16 * 1024 ** 2;
const HEADERS_WITHIN_MS = 10_000;
/** More than ranks of the biggest farms, and a bound all the same. */
const CONNECTIONS_MAX = 20_000;

/** The small HTTP server to which scripts on the rigs report by curl. */
export class ReportListener {
  readonly #server: Server;
  readonly #hearer: ReportHearer;

  private constructor(hearer: ReportHearer) {
    this.#hearer = hearer;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    // A log is one request for as long as the workload runs.
    this.#server.requestTimeout = 0;
    this.#server.headersTimeout = HEADERS_WITHIN_MS;
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Rejects where the address is not this machine's, or the port is taken. */
  static async open(hearer: ReportHearer, address: string, port: number): Promise<ReportListener> {
    const listener = new ReportListener(hearer);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    listener.#server.once('error', reject);
    listener.#server.listen(port, address, () => resolve());
    await promise;
    return listener;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new InvariantError('the listener is not open');
    return address.port;
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A script whose rig is lost breaks off: its log has come as far as it has.
    request.on('error', () => undefined);
    const url = new URL(request.url ?? '/', 'http://head');
    if (request.method === 'GET' && url.pathname.startsWith('/notice/')) {
      return this.#tellNotice(url.pathname.slice('/notice/'.length), response);
    }
    if (request.method === 'POST' && url.pathname === '/poke') {
      const jobId = Number(url.searchParams.get('job'));
      if (Number.isSafeInteger(jobId) && jobId > 0) this.#hearer.poked(jobId);
      return void response.writeHead(204).end();
    }
    const reporter = reporterOf(request, url);
    if (reporter === null) return void response.writeHead(400).end();
    if (!this.#hearer.knows(reporter.token)) return void response.writeHead(403, { Connection: 'close' }).end();
    await this.#hear(`${request.method} ${url.pathname}`, reporter, url, request, response);
  }

  async #hear(
    what: string,
    reporter: Reporter,
    { searchParams }: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const atByte = countOf(searchParams.get('at'));
    switch (what) {
      case 'GET /log':
        response.writeHead(200, { 'Content-Type': 'text/plain' }).end(String(this.#hearer.heardBytes(reporter)));
        return;
      case 'PUT /log':
        this.#hearer.began(reporter);
        await this.#follow(reporter, atByte ?? 0, request);
        this.#hearer.brokeOff(reporter);
        response.writeHead(200).end();
        return;
      case 'POST /end': {
        const rest = await bodyOf(request);
        if (atByte !== null && rest.length > 0) this.#hearer.wrote(reporter, atByte, rest);
        const indexes = indexesOf(searchParams.get('cards'));
        const exitCode = countOf(searchParams.get('code')) ?? 1;
        this.#hearer.ended(reporter, { exitCode, cardIndexes: indexes, word: diskWordOf(searchParams.get('why')) });
        response.writeHead(200).end();
        return;
      }
      case 'POST /notice':
        this.#hearer.noticed(reporter);
        response.writeHead(204).end();
        return;
      default:
        response.writeHead(404).end();
    }
  }

  async #follow(reporter: Reporter, fromByte: number, request: IncomingMessage): Promise<void> {
    let atByte = fromByte;
    try {
      for await (const chunk of request) {
        const bytes = Buffer.from(chunk);
        this.#hearer.wrote(reporter, atByte, bytes);
        atByte += bytes.length;
      }
    } catch {
      // Broken off, as by a lost rig or our own close: the script begins anew from what was heard.
    }
  }

  #tellNotice(key: string, response: ServerResponse): void {
    const text = this.#hearer.noticeText(key);
    if (text === undefined) response.writeHead(404).end();
    else if (text === null) response.writeHead(204).end();
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(text);
  }
}

function reporterOf(request: IncomingMessage, { searchParams }: URL): Reporter | null {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const run = countOf(searchParams.get('run'));
  const rank = countOf(searchParams.get('rank'));
  if (token === undefined || run === null || rank === null) return null;
  return { token, run, rank, nodeName: searchParams.get('rig') ?? '' };
}

/** Indexes of cards, as Slurm gives them to a script: `0,2`. */
function indexesOf(text: string | null): readonly number[] {
  return text !== null && /^\d{1,4}(,\d{1,4}){0,63}$/.test(text) ? text.split(',').map(Number) : [];
}

function diskWordOf(text: string | null): DiskWord | undefined {
  return text === 'folder' || text === 'full' ? text : undefined;
}

function countOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    byteCount += bytes.length;
    if (byteCount > REST_BYTES_MAX) break;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
