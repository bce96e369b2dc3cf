import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseSource, type Source } from './source.ts';

/** A file as text. `path` is from the repository's root, with `/`. */
export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}

/** What the rules read: every file, and those in TypeScript also as trees. Sorted by path. */
export interface Repository {
  readonly files: readonly RepositoryFile[];
  readonly sources: readonly Source[];
  readonly fileByPath: ReadonlyMap<string, RepositoryFile>;
  readonly sourceByPath: ReadonlyMap<string, Source>;
}

/** Larger files are data (a lockfile, a captured log), which no rule reads. */
const FILE_BYTES_MAX = 1_000_000;

/** Files that no rule reads: the samples are wrong on purpose, and binary files have no lines. */
const UNREAD = /^tidy\/samples\/|\.(png|jpg|gif|ico|woff2?|gguf|gz|zip|pdf|bin|safetensors|pt)$/;

/** Makes a repository of files in memory, parsing those that are TypeScript. */
export function makeRepository(files: readonly RepositoryFile[]): Repository {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const sources = sorted.filter((file) => /\.tsx?$/.test(file.path)).map((file) => parseSource(file.path, file.text));
  return {
    files: sorted,
    sources,
    fileByPath: new Map(sorted.map((file) => [file.path, file])),
    sourceByPath: new Map(sources.map((source) => [source.path, source])),
  };
}

/** Reads every file under `root` that git knows or would add; without git, every file outside the usual build folders. */
export function readRepository(root: string): Repository {
  const files: RepositoryFile[] = [];
  for (const path of listPaths(root)) {
    const place = join(root, path);
    if (UNREAD.test(path) || !existsSync(place)) continue;
    const stat = statSync(place);
    if (!stat.isFile() || stat.size > FILE_BYTES_MAX) continue;
    files.push({ path, text: readFileSync(place, 'utf8') });
  }
  return makeRepository(files);
}

function listPaths(root: string): readonly string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [...new Set(listed.split('\0').filter((path) => path !== ''))];
  } catch {
    // No git, or a copy without its .git folder: the tree itself is read.
    return walkFolder(root, root);
  }
}

const UNWALKED = new Set(['node_modules', 'dist', '.git', '.rerig', '.cache', '__pycache__', 'coverage']);

function walkFolder(root: string, folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = join(folder, entry.name);
    if (entry.isDirectory()) return UNWALKED.has(entry.name) ? [] : walkFolder(root, place);
    return entry.isFile() ? [relative(root, place).split(sep).join('/')] : [];
  });
}
