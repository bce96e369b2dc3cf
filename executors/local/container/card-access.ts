import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';
import { cardFiles } from '../card-files.ts';

/** How a container reaches its cards: by names of the Container Device Interface, or by files below /dev. */
export interface CardAccess {
  /** `nvidia.com/gpu=GPU-…`: the driver's libraries come with them. */
  readonly cdiNames: readonly string[];
  readonly files: readonly string[];
  /** Groups outside whose members may use these files, where not everybody may. */
  readonly groupIds: readonly number[];
}

/** Where specifications lie. Source: the CDI specification, 0.6. */
const CDI_FOLDERS = ['etc/cdi', 'var/run/cdi', 'run/cdi'] as const;
const NVIDIA_KIND = 'nvidia.com/gpu';

/** What gives a container these cards and no others. `root`: another root than `/`, for tests. */
export function cardAccess(cards: readonly ObservedCard[], root = '/'): CardAccess {
  const known = cdiNames(root);
  const cdiName = ({ vendor, uuid }: ObservedCard) =>
    vendor === 'nvidia' && uuid !== undefined && known.has(uuid) ? `${NVIDIA_KIND}=${uuid}` : undefined;
  const files = cardFiles(
    cards.filter((card) => cdiName(card) === undefined),
    root,
  );
  const groupIds = files.flatMap((file) => groupOf(join(root, file)));
  return { cdiNames: cards.flatMap((card) => cdiName(card) ?? []), files, groupIds: [...new Set(groupIds)] };
}

/** The UUIDs that specifications of NVIDIA's cards name; both YAML and JSON have them as `name: …`. */
function cdiNames(root: string): ReadonlySet<string> {
  const texts = CDI_FOLDERS.flatMap((folder) =>
    readdirOrEmpty(join(root, folder))
      .filter((name) => /\.(json|ya?ml)$/.test(name))
      .map((name) => readOrEmpty(join(root, folder, name))),
  );
  const names = texts
    .filter((text) => text.includes(NVIDIA_KIND))
    .flatMap((text) => [...text.matchAll(/\bname["']?\s*:\s*["']?(GPU-[0-9A-Za-z-]+)/g)].map(([, name = '']) => name));
  return new Set(names);
}

/** Group 0 is root's own: who is not root does not join it. */
function groupOf(path: string): readonly number[] {
  try {
    const { gid, mode } = statSync(path);
    const isForAll = (mode & 0o006) === 0o006;
    const isForGroup = (mode & 0o060) === 0o060;
    return isForAll || !isForGroup || gid === 0 ? [] : [gid];
  } catch {
    // It went since it was listed.
    return [];
  }
}

function readdirOrEmpty(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    // The machine has no such specifications.
    return [];
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not ours to read: then the container program can't use it for us either.
    return '';
  }
}
