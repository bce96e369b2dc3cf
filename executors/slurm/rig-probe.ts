import { connect } from 'node:net';

/** How a rig answers at a port. `refuses`: its kernel lives, and nobody listens there. */
export type RigAnswer = 'answers' | 'refuses' | 'silent';

/** How a rig's slurmd answers. `mute`: the kernel takes the connection for it, and no program does anything with it. */
export type DaemonAnswer = RigAnswer | 'mute';

/**
 * Connects to a daemon, says nothing more, and waits until it closes the connection too, which a program must do: a kernel
 * connects also for programs that hang. slurmd writes two lines into its log for it.
 */
export function askDaemon(address: string, port: number, withinMs: number): Promise<DaemonAnswer> {
  const { promise, resolve } = Promise.withResolvers<DaemonAnswer>();
  const socket = connect({ host: address, port, allowHalfOpen: true });
  let isConnected = false;
  const end = (answer: DaemonAnswer) => {
    clearTimeout(timer);
    resolve(answer);
    socket.destroy();
  };
  // Where we were held up ourselves, an answer that lies there is read first.
  const timer = setTimeout(() => setImmediate(() => end(isConnected ? 'mute' : 'silent')), withinMs);
  socket.once('connect', () => {
    isConnected = true;
    socket.end();
  });
  socket.resume().once('end', () => end('answers'));
  socket.once('error', (error) => {
    if (isConnected) end('answers');
    else end('code' in error && error.code === 'ECONNREFUSED' ? 'refuses' : 'silent');
  });
  return promise;
}

/** Tries to connect, and lets go at once. */
export function probeRig(address: string, port: number, withinMs: number): Promise<RigAnswer> {
  const { promise, resolve } = Promise.withResolvers<RigAnswer>();
  const socket = connect({ host: address, port, timeout: withinMs });
  const end = (answer: RigAnswer) => {
    resolve(answer);
    socket.destroy();
  };
  socket.once('connect', () => end('answers'));
  socket.once('timeout', () => end('silent'));
  socket.once('error', (error) => end('code' in error && error.code === 'ECONNREFUSED' ? 'refuses' : 'silent'));
  return promise;
}
