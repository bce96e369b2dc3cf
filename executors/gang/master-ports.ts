import { createServer } from 'node:net';
import { type ExecutorFault, executorFault } from '../faults.ts';

/** Below the ports that Linux gives to outgoing connections (32768 and up: net.ipv4.ip_local_port_range). */
const PORT_MIN = 20_000;
const PORT_COUNT = 12_000;

/** Chooses ports for gangs whose rank 0 is on this machine, so that no two meet. */
export class MasterPorts {
  readonly #portByWorkload = new Map<string, number>();
  #nextOffset: number;

  /** `seed`: any whole number: executors with different ones begin at different ports. */
  constructor(seed: number) {
    this.#nextOffset = Math.abs(seed) % PORT_COUNT;
  }

  /** A port that nobody listens on and no other gang has, held until it is released. Again: the same one. */
  async reserve(workloadId: string): Promise<number | ExecutorFault> {
    const held = this.#portByWorkload.get(workloadId);
    if (held !== undefined) return held;
    for (let tryCount = 0; tryCount < PORT_COUNT; tryCount++) {
      const port = PORT_MIN + this.#nextOffset;
      this.#nextOffset = (this.#nextOffset + 1) % PORT_COUNT;
      if (this.#isHeld(port)) continue;
      // Held before it is tried, so that two that choose at once don't choose the same.
      this.#portByWorkload.set(workloadId, port);
      if (await isFree(port)) return port;
      this.#portByWorkload.delete(workloadId);
    }
    return executorFault('start-failed', {
      what: `Workload ${workloadId} was not started: there is no port for its ranks to meet.`,
      why: `Each port from ${PORT_MIN} to ${PORT_MIN + PORT_COUNT - 1} of this machine is in use.`,
      mend: 'End programs that listen there, then start it again.',
    });
  }

  /** Holds the port of a gang that an earlier start of the executor began. */
  hold(workloadId: string, port: number): void {
    this.#portByWorkload.set(workloadId, port);
  }

  /** Gives a port back once the gang has ended. One that has none: does nothing. */
  release(workloadId: string): void {
    this.#portByWorkload.delete(workloadId);
  }

  #isHeld(port: number): boolean {
    return [...this.#portByWorkload.values()].includes(port);
  }
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}
