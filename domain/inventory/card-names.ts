import { parseName } from '../cards.ts';
import { remembering } from './remember.ts';

/**
 * Whether two names may be of one card: `GP106 [P106-100]`, `NVIDIA P106-100` and `P106-100` are. A name that lists
 * several models agrees with each of them, one that a table cut (`GeForce RTX 2080 ...`) with all that begin so, and
 * one that is not known with all.
 */
export function haveOneName(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return true;
  if (isCutName(one) || isCutName(other)) return haveOneBeginning(one, other);
  const keys = keysOf(one);
  return keys.length === 0 || keysOf(other).length === 0 || keysOf(other).some((key) => keys.includes(key));
}

/** Whether a table cut a name: `NVIDIA GeForce ...`. */
export function isCutName(name: string): boolean {
  return name.endsWith('...');
}

function haveOneBeginning(one: string, other: string): boolean {
  return beginningsOf(one).some((first) =>
    beginningsOf(other).some((second) => first.startsWith(second) || second.startsWith(first)),
  );
}

/** Each model of a name, without the words that tools leave out: `GA106 [GeForce RTX 3060]` → `rtx 3060`. */
const beginningsOf = remembering((name): readonly string[] =>
  (/\[([^\]]{3,})\]/.exec(name)?.[1] ?? name)
    .replace(/\s*\.\.\.$/, '')
    .toLowerCase()
    .split('/')
    .map((part) =>
      part
        .replace(/\b(nvidia|geforce)\b/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ),
);

const keysOf = remembering((name): readonly string[] => parseName(name).keys);
