import { type ContainerPlan, IDS_PER_CONTAINER, type PlannedNetwork } from './container-plan.ts';

/** Of the processor's time, in which shares are counted. Source: the kernel's CFS bandwidth control. */
const CPU_PERIOD_US = 100_000;

/**
 * The body of Podman's `POST /libpod/containers/create`. Its own API is used, since Docker's has no words for id mappings.
 * Source: Podman 4.3, specgen.SpecGenerator.
 */
export function podmanBody(plan: ContainerPlan, hasInit: boolean): Readonly<Record<string, unknown>> {
  const [program = '', ...rest] = plan.command;
  const { uid, gid } = plan.user;
  return {
    image: plan.image,
    entrypoint: [program],
    command: rest,
    env: plan.environment,
    labels: plan.labels,
    ...(plan.workingFolder === undefined ? {} : { work_dir: plan.workingFolder }),
    stdin: plan.hasOpenStdin,
    init: hasInit,
    user: `${uid}:${gid}`,
    groups: plan.cards.groupIds.map(String),
    ...idMapping(plan.idBase),
    read_only_filesystem: true,
    image_volume_mode: 'ignore',
    cap_drop: ['ALL'],
    no_new_privileges: true,
    mounts: mounts(plan),
    shm_size: plan.sharedMemoryBytes,
    devices: [...plan.cards.cdiNames, ...plan.cards.files].map((path) => ({ path })),
    resource_limits: {
      ...(plan.memoryBytes === undefined ? {} : { memory: { limit: plan.memoryBytes, swap: plan.memoryBytes } }),
      ...(plan.coreCount === undefined
        ? {}
        : { cpu: { period: CPU_PERIOD_US, quota: Math.round(plan.coreCount * CPU_PERIOD_US) } }),
      pids: { limit: plan.processCountMax },
    },
    ...network(plan.network),
    sdnotifyMode: 'ignore',
    restart_policy: 'no',
    log_configuration: { driver: 'k8s-file', path: plan.logPath, size: plan.logBytesMax },
  };
}

function network(planned: PlannedNetwork): Readonly<Record<string, unknown>> {
  switch (planned.kind) {
    case 'none':
      return { netns: { nsmode: 'none' } };
    case 'own':
      return { netns: { nsmode: 'bridge' }, Networks: { [planned.name]: {} }, dns_server: planned.nameServers };
    case 'joined':
      // By its path, so that the two containers can be removed in any order.
      return { netns: { nsmode: 'path', value: `/proc/${planned.pid}/ns/net` } };
  }
}

function mounts({ mounts, diskBytes }: ContainerPlan): readonly unknown[] {
  const bound = mounts.map(({ hostPath, containerPath, isReadOnly }) => ({
    type: 'bind',
    source: hostPath,
    destination: containerPath,
    options: ['rbind', isReadOnly ? 'ro' : 'rw', 'nosuid', 'nodev', 'rprivate'],
  }));
  const size = diskBytes === undefined ? [] : [`size=${diskBytes}`];
  return [
    {
      type: 'tmpfs',
      source: 'tmpfs',
      destination: '/tmp',
      options: [...size, 'mode=1777', 'nosuid', 'nodev', 'notmpcopyup'],
    },
    ...bound,
  ];
}

/** Ids inside from 0 on are ids outside from the base on. */
function idMapping(idBase: number | null): Readonly<Record<string, unknown>> {
  if (idBase === null) return {};
  const range = [{ container_id: 0, host_id: idBase, size: IDS_PER_CONTAINER }];
  return { userns: { nsmode: 'private' }, idmappings: { UIDMap: range, GIDMap: range } };
}
