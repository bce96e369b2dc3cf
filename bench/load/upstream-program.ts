import { createServer, type Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { endWithParent } from '../processes/end-with-parent.ts';

/** Events of a streamed answer, and the pause between two of them: 0 is as fast as they are taken, null all at once. */
export interface UpstreamShape {
  readonly eventsPerStream: number;
  readonly pauseMs: number | null;
}

const MODEL = 'upstream';
const HEAD_END = '\r\n\r\n';

/**
 * The trivial upstream: the same answer to every request, whole or streamed, made before it is asked for. It speaks as
 * our model server does, with its count in each chunk. Prints its port as a JSON line on stdout.
 */
function main(shape: UpstreamShape): void {
  const answer = wholeAnswer();
  const events = streamEvents(shape.eventsPerStream);
  const server = createServer({ noDelay: true }, (socket) => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let request = takeRequest(text); request !== null; request = takeRequest(text)) {
        text = request.rest;
        if (request.isStreamed) sendEvents(socket, events, shape.pauseMs);
        else socket.write(answer);
      }
    });
    // A client that leaves is what the measurement may do.
    socket.on('error', () => socket.destroy());
  });
  endWithParent();
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.stdout.write(
      `${JSON.stringify({ port: address === null || typeof address === 'string' ? 0 : address.port })}\n`,
    );
  });
}

/** The first whole request of a connection's text, and what follows it; null where there is none yet. */
export function takeRequest(text: string): { readonly isStreamed: boolean; readonly rest: string } | null {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = text.slice(0, headEnd).toLowerCase();
  const bodyStart = headEnd + HEAD_END.length;
  const body = head.includes('transfer-encoding: chunked')
    ? chunkedBody(text, bodyStart)
    : sizedBody(text, bodyStart, Number(/content-length: *(\d+)/.exec(head)?.[1] ?? 0));
  if (body === null) return null;
  return { isStreamed: /"stream": ?true/.test(body.text), rest: text.slice(body.end) };
}

function sizedBody(text: string, start: number, lengthBytes: number) {
  const end = start + lengthBytes;
  return text.length < end ? null : { text: text.slice(start, end), end };
}

function chunkedBody(text: string, start: number) {
  const last = text.indexOf('0\r\n\r\n', start);
  return last < 0 ? null : { text: text.slice(start, last), end: last + 5 };
}

function wholeAnswer(): Buffer {
  const body = JSON.stringify({
    id: 'chatcmpl-upstream',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: MODEL,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Eight tokens of a small answer.' },
        finish_reason: 'stop',
        logprobs: null,
      },
    ],
    usage: { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 },
  });
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`,
  );
}

function streamEvents(count: number): readonly Buffer[] {
  const head = { id: 'chatcmpl-upstream', object: 'chat.completion.chunk', created: 1_700_000_000, model: MODEL };
  const usageOf = (index: number) => ({ prompt_tokens: 12, completion_tokens: index, total_tokens: 12 + index });
  const events = Array.from({ length: count }, (_, index) => ({
    ...head,
    choices: [
      {
        index: 0,
        delta: index === 0 ? { role: 'assistant', content: '' } : { content: ' token' },
        finish_reason: index === count - 1 ? 'stop' : null,
      },
    ],
    usage: usageOf(index),
  }));
  const lines = [...events.map((event) => JSON.stringify(event)), '[DONE]'];
  return lines.map((line) => {
    const data = `data: ${line}\n\n`;
    return Buffer.from(`${data.length.toString(16)}\r\n${data}\r\n`);
  });
}

const STREAM_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked${HEAD_END}`;
const STREAM_END = '0\r\n\r\n';

function sendEvents(socket: Socket, events: readonly Buffer[], pauseMs: number | null): void {
  if (pauseMs === null) {
    socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), ...events, Buffer.from(STREAM_END)]));
    return;
  }
  socket.write(STREAM_HEAD);
  let sentCount = 0;
  const next = () => {
    const event = events[sentCount];
    sentCount += 1;
    if (event === undefined || socket.destroyed) {
      socket.write(STREAM_END);
      return;
    }
    const hasRoom = socket.write(event);
    if (!hasRoom) socket.once('drain', next);
    else if (pauseMs === 0) setImmediate(next);
    else setTimeout(next, pauseMs);
  };
  next();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [events = '200', pause = '0'] = process.argv.slice(2);
  main({ eventsPerStream: Number(events), pauseMs: pause === 'none' ? null : Number(pause) });
}
