import type { Finding } from './finding.ts';
import { finding, once } from './finding.ts';
import type { MendKind, Severity } from './finding-meaning.ts';

/** What an XID means and what to do about it. */
export interface XidMeaning {
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  readonly mendKind: MendKind;
}

const RISER =
  'Start the rig again, then change riser and power cable; if it returns in another slot, exchange the card.';
const MEMORY_TEST = 'Reset the card, test its memory for an hour, and exchange it if the error returns.';
const CLOCKS = 'Set the shipped clocks. If it returns with llama-bench alone on the card, test the memory.';

/**
 * The XIDs that farms see, of some 170. Source: NVIDIA, "XID Errors" and "GPU Memory Error Management"
 * (docs.nvidia.com/deploy), and NVIDIA's Xid catalogue of 2025; what they mean for a mining card is ours.
 */
export const xidMeanings: Readonly<Record<number, XidMeaning>> = {
  13: xid(
    'warning',
    'graphics engine exception',
    'A program’s fault, or wrong bits from clocks that are too high.',
    CLOCKS,
    'setting',
  ),
  31: xid(
    'warning',
    'memory page fault',
    'A program touched memory that it does not have: its fault mostly, an overclock sometimes.',
    CLOCKS,
    'setting',
  ),
  43: xid(
    'info',
    'the card stopped processing',
    'The program that used it failed; the card itself goes on.',
    'Nothing, if the program is at fault; look at the log around it.',
    'none',
  ),
  45: xid(
    'info',
    'work was ended early',
    'It follows another error, or a program that was stopped.',
    'Look for the XID before it.',
    'none',
  ),
  48: xid(
    'blocking',
    'double-bit ECC error',
    'Memory failed in a way that ECC cannot correct; the work that ran is wrong.',
    MEMORY_TEST,
    'test',
  ),
  61: xid(
    'warning',
    'internal micro-controller stopped at a breakpoint',
    'Its firmware met a state that it does not know; overclocks and bad power do that.',
    CLOCKS,
    'setting',
  ),
  62: xid(
    'blocking',
    'internal micro-controller halted',
    'Its firmware stopped: the card does no work until it is reset.',
    RISER,
    'new-riser',
  ),
  63: xid(
    'warning',
    'memory page retired or row remapped',
    'Bad memory was found and goes out of use at the next reset.',
    'Reset the card or start the rig again, then watch the count.',
    'setting',
  ),
  64: xid('blocking', 'memory could not be retired', 'Bad memory was found and stays in use.', MEMORY_TEST, 'test'),
  74: xid(
    'warning',
    'NVLink error',
    'The bridge between two cards, or a card beside it, disturbs the link.',
    'Reseat the bridge; serve one model a card until it is quiet.',
    'test',
  ),
  79: xid(
    'blocking',
    'the card fell off the bus',
    'The host lost it: riser, slot or power in most cases, heat or a dead card in the rest.',
    RISER,
    'new-riser',
  ),
  92: xid(
    'warning',
    'many single-bit ECC errors',
    'Memory is corrected more often than it should be: heat, timings, or age.',
    MEMORY_TEST,
    'test',
  ),
  94: xid(
    'warning',
    'contained ECC error',
    'One program’s work is lost; others on the card go on.',
    MEMORY_TEST,
    'test',
  ),
  95: xid(
    'blocking',
    'uncontained ECC error',
    'All work on the card is in doubt until it is reset.',
    MEMORY_TEST,
    'test',
  ),
  119: xid(
    'warning',
    'the card’s system processor (GSP) does not answer',
    'The driver waits for it in vain: driver faults and bad links do that.',
    'Start the rig again; install another driver release, or switch GSP firmware off.',
    'driver',
  ),
};

function xid(severity: Severity, what: string, why: string, mend: string, mendKind: MendKind): XidMeaning {
  return { severity, what, why, mend, mendKind };
}

/** The most XIDs of one card that are told apart: they are few, and a log may hold thousands of lines. */
const MOST_XIDS = 8;

/** One finding for each XID of a card; numbers that are not in the table are told as such. */
export function xidFindings(codes: readonly number[] | undefined): readonly Finding[] {
  if (codes === undefined || codes.length === 0) return [];
  return [...new Set(codes)].slice(0, MOST_XIDS).map(xidFinding);
}

const xidFinding = once((code: number) => {
  const meaning = xidMeanings[code];
  if (meaning === undefined) return unlisted(code);
  const { severity, what, why, mend, mendKind } = meaning;
  return finding('xid', {
    severity,
    what: `NVIDIA’s driver reported XID ${code}: ${what}.`,
    why,
    mend,
    mendKind,
    ...(severity === 'blocking' ? { unlocks: 'All work of this card.', gain: { kind: 'works-again' } as const } : {}),
  });
});

function unlisted(code: number): Finding {
  return finding('xid', {
    severity: 'info',
    what: `NVIDIA’s driver reported XID ${code}.`,
    why: 'It is none of those that this product knows.',
    mend: 'Look it up in NVIDIA’s Xid catalogue (docs.nvidia.com/deploy/xid-errors).',
    mendKind: 'none',
  });
}
