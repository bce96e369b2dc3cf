import { parseName } from '../cards.ts';
import { remembering } from './remember.ts';

/**
 * Whether two names may be of one card: `GP106 [P106-100]`, `NVIDIA P106-100` and `P106-100` are. A name that lists
 * several models agrees with each of them, one that a table cut (`GeForce RTX 2080 ...`) with all that begin so, and
 * one that is not known with all.
 */
export function haveOneName(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return true;
  if (one.endsWith('...') || other.endsWith('...')) return haveOneBeginning(one, other);
  const keys = keysOf(one);
  return keys.length === 0 || keysOf(other).length === 0 || keysOf(other).some((key) => keys.includes(key));
}

function haveOneBeginning(one: string, other: string): boolean {
  const [first, second] = [one, other].map((name) =>
    name
      .replace(/\s*\.\.\.$/, '')
      .replace(/^NVIDIA /i, '')
      .toLowerCase(),
  );
  return first === undefined || second === undefined || first.startsWith(second) || second.startsWith(first);
}

const keysOf = remembering((name): readonly string[] => parseName(name).keys);
