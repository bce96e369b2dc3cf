import type { Asked } from './relay/asked.ts';

/** What ids begin with: as OpenAI's answers do, which a client shows. An answer of embeddings has none, its record has. */
const prefixes: Readonly<Record<Asked['door'], string>> = {
  chat: 'chatcmpl-',
  completions: 'cmpl-',
  embeddings: 'embd-',
};

/** The id of a request: its answer's, where that has one, and its record's. */
export function requestIdOf(door: Asked['door'], uniqueId: string): string {
  return prefixes[door] + uniqueId;
}
