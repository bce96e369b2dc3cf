import { RANK_LABEL, RUN_LABEL } from './container-plan.ts';

/** What answers at a socket. */
export interface HostFacts {
  readonly kind: 'podman' | 'docker';
  readonly version: string;
  /** Whether it runs without root: then its ids are mapped already, and it can keep nothing from the farm's LAN. */
  readonly isRootless: boolean;
}

/** What an image asks for. */
export interface ImageFacts {
  readonly user: string;
  readonly volumes: readonly string[];
}

/** How a container stands. */
export interface ContainerSight {
  /** `made`: it was never started. */
  readonly state: 'made' | 'running' | 'ended';
  /** Of its first process on this machine; 0 where none runs. */
  readonly pid: number;
  readonly exitCode: number;
  readonly isOutOfMemory: boolean;
  readonly hasMemoryLimit: boolean;
  /** Whether its end was seen: after a loss of power it was not, and the exit code tells nothing. */
  readonly isEndKnown: boolean;
  readonly logPath: string;
  /** By its labels. */
  readonly runId: string;
  readonly rank: number;
}

/** Podman writes down the start of a container after it began: one that ends at once has ended before that. */
const START_MS_MAX = 60_000;

/** Source: Docker's API 1.41, ContainerInspect; Podman 4.3 gives the same. */
export function parseContainerSight(answer: unknown): ContainerSight {
  const { State, LogPath, Config, HostConfig } = answer as {
    State?: Readonly<Record<string, unknown>>;
    LogPath?: unknown;
    HostConfig?: { Memory?: unknown };
    Config?: { Labels?: Readonly<Record<string, unknown>> | null };
  };
  const labels = Config?.Labels ?? {};
  const status = textOf(State?.Status);
  const startedAtMs = Date.parse(textOf(State?.StartedAt));
  const endedAtMs = Date.parse(textOf(State?.FinishedAt));
  return {
    state: ['created', 'configured', 'initialized'].includes(status)
      ? 'made'
      : ['exited', 'dead', 'removing', 'stopped'].includes(status)
        ? 'ended'
        : 'running',
    pid: numberOf(State?.Pid),
    exitCode: numberOf(State?.ExitCode),
    isOutOfMemory: State?.OOMKilled === true,
    hasMemoryLimit: numberOf(HostConfig?.Memory) > 0,
    isEndKnown: endedAtMs > 0 && startedAtMs > 0 && endedAtMs >= startedAtMs - START_MS_MAX,
    logPath: textOf(LogPath),
    runId: textOf(labels[RUN_LABEL]),
    rank: Number(labels[RANK_LABEL]),
  };
}

/** Source: Docker's API 1.41, SystemVersion and SystemInfo. */
export function parseHostFacts(version: unknown, info: unknown): HostFacts {
  const { Components, Version } = version as { Components?: unknown; Version?: unknown };
  const { SecurityOptions } = info as { SecurityOptions?: unknown };
  const isPodman = JSON.stringify(Components ?? '').includes('Podman');
  return {
    kind: isPodman ? 'podman' : 'docker',
    version: textOf(Version),
    isRootless: JSON.stringify(SecurityOptions ?? '').includes('name=rootless'),
  };
}

/** Source: Docker's API 1.41, ImageInspect. */
export function parseImageFacts(answer: unknown): ImageFacts {
  const { Config } = answer as { Config?: { User?: unknown; Volumes?: unknown } | null };
  return { user: textOf(Config?.User), volumes: Object.keys(Config?.Volumes ?? {}) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
