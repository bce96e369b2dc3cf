import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type ByteRange, readRange } from '../byte-range.ts';
import { type ModelFault, modelFault, systemWords } from '../faults.ts';

const READ_BYTES = 256 * 1024;

/** Answers with the bytes of a blob, or a range of them. Its hash is its mark, as a blob never changes. */
export async function sendBlob(
  path: string,
  sha256: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    return answerFault(response, 404, blobGone(sha256, error));
  }
  try {
    const { size } = await file.stat();
    const etag = `"${sha256}"`;
    const isSame = (request.headers['if-range'] ?? etag) === etag;
    const range = isSame ? readRange(request.headers.range, size) : null;
    response.setHeader('etag', etag).setHeader('accept-ranges', 'bytes');
    response.setHeader('content-type', 'application/octet-stream');
    if (range === 'beyond') {
      response.setHeader('content-range', `bytes */${size}`);
      return answerFault(response, 416, beyond(sha256, size));
    }
    await sendBytes(file, range, size, request, response);
  } catch {
    // The reader went away, or the disk failed in the middle: a cut connection says so, and the rest can be asked for.
    response.destroy();
  } finally {
    await file.close();
  }
}

async function sendBytes(
  file: FileHandle,
  range: ByteRange | null,
  sizeBytes: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { firstByte, lastByte } = range ?? { firstByte: 0, lastByte: sizeBytes - 1 };
  response.setHeader('content-length', lastByte - firstByte + 1);
  if (range !== null) response.setHeader('content-range', `bytes ${firstByte}-${lastByte}/${sizeBytes}`);
  response.writeHead(range === null ? 200 : 206);
  if (request.method === 'HEAD' || sizeBytes === 0) {
    response.end();
    return;
  }
  const stream = file.createReadStream({
    start: firstByte,
    end: lastByte,
    autoClose: false,
    highWaterMark: READ_BYTES,
  });
  await pipeline(stream, response);
}

/** Answers with a fault as JSON. */
export function answerFault(response: ServerResponse, status: number, fault: ModelFault): void {
  const body = Buffer.from(JSON.stringify({ fault }));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

function blobGone(sha256: string, error: unknown): ModelFault {
  return modelFault('model_damaged', {
    what: `The bytes of ${sha256} can't be read.`,
    why: `The system says: ${systemWords(error)}.`,
    mend: 'Give "rerig models verify" on the machine that shares.',
  });
}

function beyond(sha256: string, sizeBytes: number): ModelFault {
  return modelFault('range_not_satisfiable', {
    what: `${sha256} has no such bytes.`,
    why: `It has ${sizeBytes} bytes.`,
    mend: 'Ask for a range within them.',
  });
}
