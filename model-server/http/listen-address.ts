import { existsSync, lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { type ServeFault, serveFault } from '../faults.ts';

/** Where the server listens: a unix socket's path, or a host and port (0 for any free one). */
export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Reads `unix:/path.sock` or `127.0.0.1:8080` (`[::1]:8080`); `undefined` for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith('unix:')) return text.length > 5 ? { kind: 'unix', path: text.slice(5) } : undefined;
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port <= 65_535 ? { kind: 'tcp', host, port } : undefined;
}

/** Starts listening and gives the address as it can be dialled, in the form of `--listen`. */
export async function startListening(server: Server, address: ListenAddress): Promise<string | ServeFault> {
  if (address.kind === 'unix' && !(await removeStaleSocket(address.path))) {
    return listenFault(address, 'Another process answers on it, or it is not a socket.');
  }
  const error = await new Promise<Error | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen(address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }, () => {
      server.off('error', resolve);
      resolve(undefined);
    });
  });
  if (error) return listenFault(address, `The system says: ${error.message}.`);
  const bound = server.address();
  if (typeof bound === 'string' || bound === null) return formatListenAddress(address);
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}

/** Removes the file of the socket that the server listens on, where it does: one that another process holds stays. */
export function removeSocket(server: Server, address: ListenAddress): void {
  if (address.kind === 'unix' && server.listening) rmSync(address.path, { force: true });
}

function formatListenAddress(address: ListenAddress): string {
  return address.kind === 'unix' ? `unix:${address.path}` : `${address.host}:${address.port}`;
}

function listenFault(address: ListenAddress, why: string): ServeFault {
  return serveFault('listen_failed', {
    what: `The server can't listen on ${formatListenAddress(address)}.`,
    why,
    mend: 'End the process that holds it, or choose another --listen.',
  });
}

/** A socket file that nobody answers on is left from a killed process. Gives false where it must not be removed. */
async function removeStaleSocket(path: string): Promise<boolean> {
  if (!existsSync(path)) return true;
  if (!lstatSync(path).isSocket()) return false;
  const answered = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.setTimeout(1000, () => {
      socket.destroy();
      resolve(true);
    });
  });
  if (!answered) rmSync(path, { force: true });
  return !answered;
}
