import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';

/** What a sandbox leaves open of the machine. */
export interface SandboxView {
  /** Written to. With /tmp among them, the machine's is seen; without, it has one of its own. */
  readonly writableFolders: readonly string[];
  /** Read though what they lie in is hidden. A hidden folder itself stays hidden. */
  readonly readablePaths: readonly string[];
  /** Of the machine's /tmp, read where it has one of its own; nothing in a hidden folder. */
  readonly shownPaths: readonly string[];
  /** Read alone, also where all around them is written. */
  readonly frozenFolders: readonly string[];
  /** Not seen at all: our own records and keys. */
  readonly hiddenFolders: readonly string[];
  /** Below /dev: the cards. */
  readonly cardFiles: readonly string[];
  readonly workingFolder: string;
  /** Of a /tmp of its own; absent: half of the memory, as the kernel has it. */
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
  const folders = { writableFolders: [], readablePaths: [], shownPaths: [], frozenFolders: [], hiddenFolders: [] };
  const view = { ...folders, cardFiles: [], workingFolder: '/' };
  try {
    execFileSync(program, [...sandboxArguments(view), '/bin/true'], { stdio: 'ignore', timeout: PROBE_MS_MAX });
    return program;
  } catch {
    // It is there, and the kernel or a policy does not let it make namespaces.
    return null;
  }
}

/**
 * Arguments of bubblewrap before the command: own processes, messages and host name, a root that can't be written but for
 * what it is given, no sockets of other programs, and of the cards only those that are its. It ends with who started it.
 */
export function sandboxArguments(view: SandboxView): readonly string[] {
  const { workingFolder, frozenFolders, cardFiles, diskBytes } = view;
  const hidden = outermost(view.hiddenFolders.map(seenPath));
  const isHidden = (path: string) => hidden.some((folder) => isWithin(path, folder));
  const written = [workingFolder, ...view.writableFolders].map(seenPath).filter((folder) => folder !== '/');
  const writable = outermost(written.filter((folder) => !isHidden(folder)));
  const readable = view.readablePaths.map(seenPath).filter((path) => !hidden.includes(path));
  const shown = outermost([...readable, ...view.shownPaths].filter((path) => !isHidden(path)));
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
    // What holds a hidden folder is shown before that is hidden, and what lies in one after.
    ...bind(
      '--ro-bind-try',
      shown.filter((path) => !writable.some((folder) => isWithin(path, folder)) && !leadsTo(path, hidden)),
    ),
    ...bind('--bind', writable),
    ...hidden.flatMap((folder) => ['--tmpfs', folder]),
    ...bind('--ro-bind-try', readable.filter(isHidden)),
    ...bind('--bind', outermost(written.filter(isHidden))),
    ...bind('--ro-bind-try', frozenFolders),
    ...['--chdir', workingFolder, '--'],
  ];
}

function bind(option: string, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => [option, path, path]);
}

/**
 * The path at which a sandbox has a folder: the one that links lead to, as they are there too. Below /tmp they may not be,
 * so a path there is kept.
 */
function seenPath(path: string): string {
  return isWithin(path, '/tmp') ? path : realPathOr(path);
}

function realPathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not there: bubblewrap passes it over, or says so.
    return path;
  }
}

/** Whether a link leads into what is hidden, or to what holds it: seen by another path, it would not be. */
function leadsTo(path: string, hidden: readonly string[]): boolean {
  const real = realPathOr(path);
  return real !== path && hidden.some((folder) => isWithin(real, folder) || isWithin(folder, real));
}

/** Without those that lie in another. */
function outermost(paths: readonly string[]): readonly string[] {
  const all = [...new Set(paths)];
  return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
}

/** Whether a path is a folder, or lies in it. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../');
}
