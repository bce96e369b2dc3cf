import type { Rig } from '../inventory.ts';
import { type Bytes, formatBytes, GIB } from '../quantity.ts';
import type { AssessedCard } from './assessed.ts';
import type { Finding } from './finding.ts';

/** A headless system with its agent; ours keep within 300 MB of it. An estimate. */
const SYSTEM_BYTES = 1 * GIB;

/** RAM of one llama.cpp server beside the card that it drives. Source: effects.csv e047 (P106 servers, 2026-06). */
const SERVER_LEAST_BYTES = 0.6e9;
const SERVER_MOST_BYTES = 2.0e9;

/** RAM in the amounts that it is bought in. */
const soldBytes: readonly Bytes[] = [4, 8, 16, 32, 64, 128].map((gib) => gib * GIB);

/** Whether the rig's RAM is known, how, and for how many of its cards it is enough. */
export function ramFindings({ host, source }: Rig, cards: readonly AssessedCard[]): readonly Finding[] {
  const serving = cards.filter(({ card, largestFit }) => card.kind === 'gpu' && largestFit !== null);
  if (host.ram === undefined) return cards.length === 0 ? [] : [unknown(source)];
  const typical = host.ram.basis === 'typical-of-board' ? [typicalOnly(host.ram.bytes, host.ram.source)] : [];
  return [...typical, ...smallFindings(host.ram.bytes, serving.length)];
}

function unknown(source: Rig['source']): Finding {
  const why = source === 'hiveos' ? 'A "hello" carries no RAM; a "stats" message does.' : 'The rig did not report it.';
  return {
    code: 'ram-unknown',
    severity: 'warning',
    what: 'The rig’s RAM is not known.',
    why: `${why} Each card’s model server takes 0.6 to 2 GB of it, so how many cards can serve is open.`,
    mend: 'Add the rig’s "stats" message, or run "rerig probe" on it.',
  };
}

function typicalOnly(bytes: Bytes, source: string): Finding {
  return {
    code: 'ram-typical',
    severity: 'info',
    what: `RAM is taken as ${formatBytes(bytes)}, typical of this board, not reported.`,
    why: `${source}.`,
    mend: 'Add the rig’s "stats" message, which reports its RAM.',
  };
}

function smallFindings(bytes: Bytes, cardCount: number): readonly Finding[] {
  const [surely, atBest] = [SERVER_MOST_BYTES, SERVER_LEAST_BYTES].map((server) =>
    Math.max(0, Math.floor((bytes - SYSTEM_BYTES) / server)),
  );
  if (surely === undefined || atBest === undefined || cardCount === 0 || surely >= cardCount) return [];
  const wanted = soldBytes.find((amount) => amount >= SYSTEM_BYTES + cardCount * SERVER_MOST_BYTES);
  const most = Math.min(atBest, cardCount);
  return [
    {
      code: 'ram-small',
      severity: atBest === 0 ? 'blocking' : 'warning',
      what: `${formatBytes(bytes)} of RAM ${surely === most ? `serves ${most}` : `serves ${surely} to ${most}`} of ${cardCount} cards at once.`,
      why: 'The system takes about 1 GiB, and each card’s model server 0.6 to 2 GB while it loads and serves.',
      mend:
        wanted === undefined
          ? 'Spread the cards over more rigs.'
          : `Fit ${formatBytes(wanted)}, if the board takes it: that serves all ${cardCount}.`,
    },
  ];
}
