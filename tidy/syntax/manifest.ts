import type { Repository } from '../repository.ts';

/** One dependency as a package.json declares it. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly manifest: string;
  readonly line: number;
}

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** The dependencies that the package.json at `manifest` declares, of every kind; none where there is no such file. */
export function dependenciesOf(repository: Repository, manifest: string): readonly Dependency[] {
  const text = repository.fileByPath.get(manifest)?.text;
  if (text === undefined) return [];
  const parsed: unknown = JSON.parse(text);
  return GROUPS.flatMap((group) => Object.entries(objectAt(parsed, group))).map(([name, version]) => ({
    name,
    version: String(version),
    manifest,
    line: text.slice(0, text.indexOf(`"${name}":`)).split('\n').length,
  }));
}

/** The names of the workspaces that the root's package.json lists. */
export function workspaceNames(repository: Repository): readonly string[] {
  const parsed: unknown = JSON.parse(repository.fileByPath.get('package.json')?.text ?? '{}');
  return Object.values(objectAt(parsed, 'workspaces')).map(String);
}

function objectAt(value: unknown, key: string): object {
  if (typeof value !== 'object' || value === null || !(key in value)) return {};
  const inner: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof inner === 'object' && inner !== null ? inner : {};
}
