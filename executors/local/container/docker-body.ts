import type { ContainerCreateOptions } from 'dockerode';
import type { ContainerPlan, PlannedNetwork } from './container-plan.ts';

const NANO_CPUS_PER_CORE = 1e9;

/** The body of Docker's `POST /containers/create`. Ids are mapped there by the daemon as a whole, or not at all. */
export function dockerBody(plan: ContainerPlan, hasInit: boolean): ContainerCreateOptions {
  const [program = '', ...rest] = plan.command;
  const size = plan.diskBytes === undefined ? '' : `,size=${plan.diskBytes}`;
  return {
    Image: plan.image,
    Entrypoint: [program],
    Cmd: rest,
    Env: Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...plan.labels },
    ...(plan.workingFolder === undefined ? {} : { WorkingDir: plan.workingFolder }),
    OpenStdin: plan.hasOpenStdin,
    User: `${plan.user.uid}:${plan.user.gid}`,
    HostConfig: {
      Init: hasInit,
      GroupAdd: plan.cards.groupIds.map(String),
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Mounts: plan.mounts.map(({ hostPath, containerPath, isReadOnly }) => ({
        Type: 'bind',
        Source: hostPath,
        Target: containerPath,
        ReadOnly: isReadOnly,
        BindOptions: { Propagation: 'rprivate' },
      })),
      Tmpfs: {
        ...Object.fromEntries(plan.imageVolumes.map((path) => [path, 'ro,nosuid,nodev'])),
        '/tmp': `rw,nosuid,nodev,exec,mode=1777${size}`,
      },
      ShmSize: plan.sharedMemoryBytes,
      Devices: plan.cards.files.map((path) => ({
        PathOnHost: path,
        PathInContainer: path,
        CgroupPermissions: 'rwm',
      })),
      ...(plan.cards.cdiNames.length === 0
        ? {}
        : { DeviceRequests: [{ Driver: 'cdi', DeviceIDs: [...plan.cards.cdiNames] }] }),
      ...(plan.memoryBytes === undefined ? {} : { Memory: plan.memoryBytes, MemorySwap: plan.memoryBytes }),
      ...(plan.coreCount === undefined ? {} : { NanoCpus: Math.round(plan.coreCount * NANO_CPUS_PER_CORE) }),
      PidsLimit: plan.processCountMax,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': `${plan.logBytesMax}`, 'max-file': '1' } },
      NetworkMode: networkMode(plan.network),
      ...(plan.network.kind === 'own' ? { Dns: [...plan.network.nameServers] } : {}),
    },
  };
}

function networkMode(planned: PlannedNetwork): string {
  switch (planned.kind) {
    case 'none':
      return 'none';
    case 'own':
      return planned.name;
    case 'joined':
      return `container:${planned.containerId}`;
  }
}
