import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';

/** What a sandbox leaves open of the machine. */
export interface SandboxView {
  /** Written to. */
  readonly writableFolders: readonly string[];
  /** Read though what they lie in is hidden. */
  readonly readablePaths: readonly string[];
  /** Not seen at all: our own records and keys. */
  readonly hiddenFolders: readonly string[];
  /** Below /dev: the cards. */
  readonly cardFiles: readonly string[];
  readonly workingFolder: string;
  /** Of /tmp; absent: half of the memory, as the kernel has it. */
  readonly diskBytes?: number;
}

/** What holds sockets and keys of other programs: munge, Podman, Docker. /run is emptied as a whole. */
const HIDDEN_EVERYWHERE = ['/etc/munge', '/var/lib/munge', '/var/lib/containers', '/var/lib/docker'] as const;
/** Below /run, and needed all the same: where many systems have the names of their DNS servers. */
const KEPT_OF_RUN = ['/run/systemd/resolve', '/run/resolvconf', '/run/NetworkManager/resolv.conf'] as const;
/** What root keeps in there: to read and write its files whoever owns them. No mounts, no modules, no foreign processes. */
const KEPT_CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
] as const;

const PROBE_MS_MAX = 5000;

/** The path of bubblewrap, where it is there and works; null where not. */
export function findSandbox(path = process.env.PATH ?? ''): string | null {
  const program = path
    .split(delimiter)
    .map((folder) => join(folder, 'bwrap'))
    .find((candidate) => existsSync(candidate));
  if (program === undefined) return null;
  const view = { writableFolders: [], readablePaths: [], hiddenFolders: [], cardFiles: [], workingFolder: '/' };
  try {
    execFileSync(program, [...sandboxArguments(view), '/bin/true'], { stdio: 'ignore', timeout: PROBE_MS_MAX });
    return program;
  } catch {
    // It is there, and the kernel or a policy does not let it make namespaces.
    return null;
  }
}

/**
 * Arguments of bubblewrap before the command: own processes, messages and host name, a root that can't be written, an own
 * /tmp, no sockets of other programs, and of the cards only those that are its. It ends with whoever started it.
 */
export function sandboxArguments(view: SandboxView): readonly string[] {
  const { workingFolder, writableFolders, readablePaths, hiddenFolders, cardFiles, diskBytes } = view;
  const writable = [...new Set([workingFolder, ...writableFolders])].filter((folder) => folder !== '/');
  const isHidden = (path: string) => hiddenFolders.some((folder) => isWithin(path, folder));
  const bind = (option: string, paths: readonly string[]) => paths.flatMap((path) => [option, path, path]);
  return [
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent'],
    ...(process.getuid?.() === 0
      ? ['--cap-drop', 'ALL', ...KEPT_CAPABILITIES.flatMap((cap) => ['--cap-add', cap])]
      : []),
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...bind('--dev-bind', cardFiles),
    ...(diskBytes === undefined ? [] : ['--size', String(diskBytes)]),
    ...['--tmpfs', '/tmp'],
    ...['--tmpfs', '/run'],
    ...bind('--ro-bind-try', KEPT_OF_RUN),
    ...HIDDEN_EVERYWHERE.filter((folder) => existsSync(folder)).flatMap((folder) => ['--tmpfs', folder]),
    // A folder that lies in a hidden one is shown after that was hidden, and one that holds it before.
    ...bind(
      '--bind',
      writable.filter((folder) => !isHidden(folder)),
    ),
    ...hiddenFolders.flatMap((folder) => ['--tmpfs', folder]),
    ...bind('--ro-bind-try', readablePaths),
    ...bind('--bind', writable.filter(isHidden)),
    ...['--chdir', workingFolder, '--'],
  ];
}

/** Whether a path is a folder, or lies in it. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !way.startsWith('..');
}
