import type { ModelFault } from '../faults.ts';
import type { ModelFacts } from '../gguf.ts';

/** What is told while a model is added or verified. */
export type StoreProgress =
  /** `doing` what with a file, and how far: null where its size is not known. */
  | {
      readonly kind: 'bytes';
      readonly doing: 'fetching' | 'reading' | 'copying';
      readonly label: string;
      readonly doneBytes: number;
      readonly totalBytes: number | null;
    }
  /** Something that a person should know. */
  | { readonly kind: 'note'; readonly text: string }
  /** The header has been read: known before the rest has come. `bytes`: of all files. */
  | { readonly kind: 'facts'; readonly facts: ModelFacts; readonly bytes: number };

/** How a model is added. */
export interface AddWish {
  /** Absent: the file's name without `.gguf`; from another machine of the farm, its name there. */
  readonly name?: string;
  /** The hub's branch, tag or commit; absent: `main`. */
  readonly revision?: string;
  /** The hash that the file must have: 64 hexadecimal digits. Of models in several files it can't be given. */
  readonly sha256?: string;
  /** The hub's address; absent: `https://huggingface.co`. */
  readonly hubEndpoint?: string;
  /** Sent to the hub's own origin only. */
  readonly hubToken?: string;
  /** Sent to the machine of the farm that shares. */
  readonly farmToken?: string;
  /** A local file is copied, where it would be given a second name (a hard link). */
  readonly isCopied?: boolean;
  /** Aborting ends it within a moment; what came is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StoreProgress) => void;
  /** Asked once the header is known, before the rest is fetched: a fault ends it. */
  readonly accept?: (facts: ModelFacts, bytes: number) => Promise<ModelFault | undefined>;
}

/** The wish with what was left open filled in, and the header's answer given once. */
export interface Adding {
  readonly wish: AddWish;
  readonly signal: AbortSignal;
  readonly tell: (progress: StoreProgress) => void;
  readonly note: (text: string) => void;
  readonly accept: (facts: ModelFacts, bytes: number) => Promise<ModelFault | undefined>;
}

/** Fills in what a wish leaves open. */
export function beginAdding(wish: AddWish): Adding {
  const tell = wish.onProgress ?? (() => undefined);
  let isAccepted = false;
  return {
    wish,
    signal: wish.signal ?? new AbortController().signal,
    tell,
    note: (text) => tell({ kind: 'note', text }),
    accept: async (facts, bytes) => {
      if (isAccepted) return undefined;
      isAccepted = true;
      tell({ kind: 'facts', facts, bytes });
      return wish.accept?.(facts, bytes);
    },
  };
}
