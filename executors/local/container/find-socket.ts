import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Where Podman's or Docker's API may answer on this machine, in the order in which it is looked for. */
export function socketCandidates(environment: NodeJS.ProcessEnv): readonly string[] {
  const { DOCKER_HOST, CONTAINER_HOST, XDG_RUNTIME_DIR } = environment;
  return [
    ...[DOCKER_HOST, CONTAINER_HOST].flatMap((address) => unixPath(address ?? '')),
    '/run/podman/podman.sock',
    ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, 'podman', 'podman.sock')]),
    '/var/run/docker.sock',
  ];
}

/** Those of them that are there. */
export function findSockets(environment: NodeJS.ProcessEnv): readonly string[] {
  return socketCandidates(environment).filter(isSocket);
}

/** Another machine's cards are not ours to give: only sockets of this one count. */
function unixPath(address: string): readonly string[] {
  return address.startsWith('unix://') ? [address.slice('unix://'.length)] : [];
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    // Not there, or not ours to reach.
    return false;
  }
}
