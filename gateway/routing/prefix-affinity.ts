/** A text is cut after so many UTF-16 code units, and at the end of each message. */
const BLOCK_LENGTH = 512;
/** Blocks of a conversation's beginning that are looked at: 32 Ki code units where messages are long. */
const BLOCKS_MAX = 64;
/** A shorter beginning is not worth a preference. */
const PREFIX_LENGTH_MIN = 64;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** One place where a conversation's beginning ends: the hash of all up to there, and how long it is. */
export interface PrefixMark {
  readonly hash: number;
  /** In UTF-16 code units. */
  readonly length: number;
}

/**
 * The marks of a conversation, shortest first. Each hash is of everything before it, so that two requests share a mark
 * where they begin alike (but for a chance of 2^-32, which costs a preference and nothing else). `scope` keeps models
 * and organisations apart.
 */
export function prefixMarks(scope: string, texts: readonly string[]): readonly PrefixMark[] {
  const marks: PrefixMark[] = [];
  let hash = hashed(FNV_OFFSET, scope, 0, scope.length);
  let length = 0;
  for (const text of texts) {
    for (let start = 0; start === 0 || start < text.length; start += BLOCK_LENGTH) {
      const end = Math.min(text.length, start + BLOCK_LENGTH);
      hash = hashed(hash, text, start, end);
      length += end - start;
      if (length >= PREFIX_LENGTH_MIN) marks.push({ hash, length });
      if (marks.length === BLOCKS_MAX) return marks;
    }
    // A message's end counts, so that two messages are not one of the same text.
    hash = Math.imul(hash ^ 0x1f, FNV_PRIME) >>> 0;
  }
  return marks;
}

/** Which replica answered a conversation last: a bounded memory, the least lately used forgotten first. */
export class PrefixAffinity {
  readonly #replicaIds = new Map<number, string>();
  readonly #marksMax: number;

  constructor(marksMax: number) {
    this.#marksMax = marksMax;
  }

  /** The replica that has the longest beginning, and its length; null where none has any. */
  find(marks: readonly PrefixMark[]): { readonly replicaId: string; readonly length: number } | null {
    for (let at = marks.length - 1; at >= 0; at -= 1) {
      const mark = marks[at];
      const replicaId = mark === undefined ? undefined : this.#replicaIds.get(mark.hash);
      if (mark !== undefined && replicaId !== undefined) return { replicaId, length: mark.length };
    }
    return null;
  }

  /** Notes that a replica has read a conversation. */
  note(marks: readonly PrefixMark[], replicaId: string): void {
    for (const { hash } of marks) {
      this.#replicaIds.delete(hash);
      this.#replicaIds.set(hash, replicaId);
    }
    for (const oldest of this.#replicaIds.keys()) {
      if (this.#replicaIds.size <= this.#marksMax) return;
      this.#replicaIds.delete(oldest);
    }
  }
}

function hashed(seed: number, text: string, start: number, end: number): number {
  let hash = seed;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}
