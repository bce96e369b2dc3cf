import { known } from './fields.ts';
import type { TextFormat } from './format.ts';
import { type NvidiaFact, nvidiaCard } from './nvidia-card.ts';
import { rigOfFile } from './rig-key.ts';
import type { RigSighting, SightedCard } from './sighting.ts';
import { linesOf } from './text-lines.ts';

const LINE =
  /^\W{0,8}GPU (\d{1,3}): ([^()]{1,100}?(?:\([^()]{1,30}\)[^()]{0,20}?)?) \(UUID: (GPU-[0-9a-fA-F-]{4,40})\)/;

/** `nvidia-smi -L`: `GPU 0: NVIDIA GeForce RTX 3070 (UUID: GPU-…)`. Lines of MIG partitions are of the card above them. */
export const nvidiaSmiList: TextFormat = {
  kind: 'text',
  name: 'nvidia-smi-list',
  title: 'nvidia-smi -L',
  read(text, source) {
    if (!text.includes('(UUID: GPU-')) return undefined;
    const lists: SightedCard[][] = [];
    for (const { line } of linesOf(text)) {
      const [, index, name, uuid] = LINE.exec(line) ?? [];
      if (index === undefined || name === undefined || uuid === undefined) continue;
      const facts = new Map<NvidiaFact, string>([
        ['index', index],
        ['name', name],
        ['uuid', uuid],
      ]);
      const card = nvidiaCard({ facts, throttles: [] }, 0, undefined);
      const last = lists.at(-1);
      if (last === undefined || last.some(({ position }) => position === card.position)) lists.push([card]);
      else last.push(card);
    }
    if (lists.length === 0) return undefined;
    return { sightings: lists.map((cards) => sightingOf(cards, source)), faults: [] };
  },
};

function sightingOf(cards: readonly SightedCard[], source: string): RigSighting {
  return known({ format: 'nvidia-smi-list' as const, source, ...rigOfFile(source), host: {}, cards });
}
