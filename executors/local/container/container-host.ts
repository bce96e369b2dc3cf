import Dockerode from 'dockerode';
import type { ContainerPlan } from './container-plan.ts';
import { RUN_LABEL, WORKLOAD_LABEL } from './container-plan.ts';
import {
  type ContainerSight,
  type HostFacts,
  type ImageFacts,
  parseContainerSight,
  parseHostFacts,
  parseImageFacts,
} from './container-sight.ts';
import { dockerBody } from './docker-body.ts';
import { podmanBody } from './podman-body.ts';

/** A refusal of Podman or Docker: its status, and its words. */
export class HostRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HostRefusal';
    this.status = status;
  }
}

/** Starting and removing take a second under load; past this, it hangs. */
const CALL_MS_MAX = 60_000;
/** A registry that sends nothing for so long is gone. */
const PULL_SILENCE_MS_MAX = 120_000;
/** The oldest API that has all that is asked for. */
const LIBPOD = '/v4.0.0/libpod';

/** Podman or Docker at its socket, in our words. Rejects with HostRefusal. */
export class ContainerHost {
  readonly facts: HostFacts;
  readonly #docker: Dockerode;
  readonly #pulling: Dockerode;
  /** Whether it can put a first process of its own before the workload's, which passes signals on. */
  readonly #hasInit: boolean;
  /** Sees that somebody answers at the socket. */
  readonly #ensure: () => Promise<void>;

  private constructor(socketPath: string, facts: HostFacts, options: HostOptions) {
    this.facts = facts;
    this.#docker = new Dockerode({ socketPath, timeout: CALL_MS_MAX });
    this.#pulling = new Dockerode({ socketPath, timeout: PULL_SILENCE_MS_MAX });
    this.#hasInit = options.hasInit;
    this.#ensure = options.ensure;
  }

  /** Asks who answers at a socket. */
  static async connect(socketPath: string, options: HostOptions): Promise<ContainerHost> {
    const docker = new Dockerode({ socketPath, timeout: options.connectMsMax });
    const facts = await refusing(async () => parseHostFacts(await docker.version(), await docker.info()));
    return new ContainerHost(socketPath, options.kind === undefined ? facts : { ...facts, kind: options.kind }, {
      ...options,
      hasInit: options.hasInit || facts.kind === 'docker',
    });
  }

  /** What an image asks for; null where it is not here. */
  async image(name: string): Promise<ImageFacts | null> {
    return this.#orNull(async () => parseImageFacts(await this.#docker.getImage(name).inspect()));
  }

  /** Fetches an image, and tells how far it is. */
  async pull(name: string, onProgress: (text: string) => void): Promise<void> {
    await this.#call(async () => {
      const stream = await this.#pulling.pull(name);
      await new Promise<void>((resolve, reject) => {
        this.#pulling.modem.followProgress(
          stream,
          (error: Error | null) => (error === null ? resolve() : reject(error)),
          (event: unknown) => onProgress(parseProgress(event)),
        );
      });
    });
  }

  /** Makes a container, and gives its id. */
  async create(plan: ContainerPlan): Promise<string> {
    await this.#ensure();
    return refusing(async () => {
      if (this.facts.kind === 'docker') {
        return (await this.#docker.createContainer(dockerBody(plan, this.#hasInit))).id;
      }
      return parseId(await this.#post(`${LIBPOD}/containers/create`, podmanBody(plan, this.#hasInit), 201));
    });
  }

  async start(containerId: string): Promise<void> {
    await this.#call(() => this.#docker.getContainer(containerId).start());
  }

  /** How a container stands; null where there is none. */
  async look(containerId: string): Promise<ContainerSight | null> {
    return this.#orNull(async () => parseContainerSight(await this.#docker.getContainer(containerId).inspect()));
  }

  /** Sends a signal to its first process; nothing where it has none. */
  async signal(containerId: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#unlessGone(() => this.#docker.getContainer(containerId).kill({ signal }));
  }

  /** Removes a container with its volumes, whether it runs or not. */
  async remove(containerId: string): Promise<void> {
    await this.#unlessGone(() => this.#docker.getContainer(containerId).remove({ force: true, v: true }));
  }

  /** Ids of the containers of a run, whether they run or not. */
  async containersOfRun(runId: string): Promise<readonly string[]> {
    return this.#containersWith([`${RUN_LABEL}=${runId}`]);
  }

  /** Ids of the containers of a workload, whether they run or not. */
  async containersOfWorkload(workloadId: string): Promise<readonly string[]> {
    return this.#containersWith([`${WORKLOAD_LABEL}=${workloadId}`]);
  }

  /** Makes a network of one run, behind a bridge of that name. */
  async createNetwork(name: string, runId: string): Promise<void> {
    const labels = { [RUN_LABEL]: runId };
    await this.#call(() =>
      this.facts.kind === 'docker'
        ? this.#docker.createNetwork({
            Name: name,
            Driver: 'bridge',
            Labels: labels,
            Options: { 'com.docker.network.bridge.name': name },
          })
        : this.#post(
            `${LIBPOD}/networks/create`,
            { name, driver: 'bridge', network_interface: name, dns_enabled: false, ipv6_enabled: false, labels },
            200,
          ),
    );
  }

  /** Removes a network; nothing where there is none. Refuses while a container uses it. */
  async removeNetwork(name: string): Promise<void> {
    await this.#orNull(() => this.#docker.getNetwork(name).remove());
  }

  async #containersWith(labels: readonly string[]): Promise<readonly string[]> {
    const filters = { label: [...labels] };
    return (await this.#call(() => this.#docker.listContainers({ all: true, filters }))).map(({ Id }) => Id);
  }

  /** What dockerode has no call for. */
  #post(path: string, body: Readonly<Record<string, unknown>>, status: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#docker.modem.dial(
        { path, method: 'POST', options: body, statusCodes: { [status]: true } },
        (error: Error | null, answer: unknown) => (error === null ? resolve(answer) : reject(error)),
      );
    });
  }

  /** Each call may be made twice: where whoever answers was restarted in between, it is. */
  async #call<T>(call: () => Promise<T>): Promise<T> {
    await this.#ensure();
    try {
      return await refusing(call);
    } catch (error) {
      if (!(error instanceof HostRefusal) || error.status !== 0) throw error;
      await this.#ensure();
      return refusing(call);
    }
  }

  async #orNull<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#call(call);
    } catch (error) {
      if (error instanceof HostRefusal && error.status === 404) return null;
      throw error;
    }
  }

  /** 404: it is gone. 409: it does not run. Podman 4 gives 500 for the latter in a race. */
  async #unlessGone(call: () => Promise<unknown>): Promise<void> {
    try {
      await this.#call(call);
    } catch (error) {
      const isGone = error instanceof HostRefusal && (error.status === 404 || error.status === 409);
      const isOver =
        error instanceof HostRefusal && /no such container|not running|is not running/i.test(error.message);
      if (!isGone && !isOver) throw error;
    }
  }
}

/** How a host is talked to. */
export interface HostOptions {
  readonly connectMsMax: number;
  readonly hasInit: boolean;
  readonly ensure: () => Promise<void>;
  /** Speaks as to Docker, whoever answers. */
  readonly kind?: 'docker';
}

async function refusing<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw parseRefusal(cause);
  }
}

/** dockerode's errors carry the status of the answer, and a body `{"message":…}` or `{"cause":…,"message":…}`. */
function parseRefusal(cause: unknown): HostRefusal {
  const error = cause as { statusCode?: unknown; json?: { message?: unknown }; message?: unknown } | null;
  const status = typeof error?.statusCode === 'number' ? error.statusCode : 0;
  const said = typeof error?.json?.message === 'string' ? error.json.message : String(error?.message ?? cause);
  return new HostRefusal(status, said.trim(), { cause });
}

function parseId(answer: unknown): string {
  const { Id } = answer as { Id?: unknown };
  if (typeof Id !== 'string') throw new HostRefusal(0, 'it gave no id');
  return Id;
}

/** `{"id":"…","status":"Downloading","progress":"…"}`, in the words that stay the same while bytes come in. */
function parseProgress(event: unknown): string {
  const { id, status, stream } = event as { id?: unknown; status?: unknown; stream?: unknown };
  const words = [id, status ?? stream].filter((word) => typeof word === 'string');
  return words.join(': ').trim();
}
