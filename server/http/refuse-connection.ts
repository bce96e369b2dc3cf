import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Fault } from '@rerig/domain/fault';
import { type HttpFaultCode, httpFault } from './faults.ts';
import { problemOf } from './problem.ts';

/** Answers what could not be read as a request, or did not come in time, and closes its connection. */
export function refuseConnection(socket: Socket, code: string | undefined): void {
  if (code === 'ECONNRESET' || socket.destroyed) return;
  const { status, fault } = refusalOf(code);
  const body = problemOf(status, fault);
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/problem+json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

function refusalOf(code: string | undefined): { readonly status: number; readonly fault: Fault<HttpFaultCode> } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, fault: late() };
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, fault: headersTooLarge() };
    default:
      return { status: 400, fault: notHttp() };
  }
}

function late() {
  return httpFault('http-request-late', {
    what: 'The request was given up.',
    why: 'It did not come whole within a minute, or its upload stood still.',
    mend: 'Send it again, over a better line; a file may take as long as it keeps coming.',
  });
}

function headersTooLarge() {
  return httpFault('http-headers-too-large', {
    what: 'The request was refused.',
    why: 'Its headers are larger than 16 KiB.',
    mend: 'Send fewer of them.',
  });
}

function notHttp() {
  return httpFault('http-not-http', {
    what: 'The request was refused.',
    why: 'It is not HTTP/1.1, or breaks off.',
    mend: 'Send plain HTTP to this port.',
  });
}
