import type { Reading } from '../inventory.ts';
import type { ReadingRule, SeenCard } from './card-finding-rule.ts';
import { countText, type Finding, finding, once } from './finding.ts';
import { MANY_ECC_CORRECTED, MANY_ECC_UNCORRECTED, MANY_RETIRED_PAGES } from './finding-thresholds.ts';

/** Errors of memory that the card itself counted. NVIDIA's driver errors are in `xid-findings.ts`. */
export const errorRules: readonly ReadingRule[] = [uncorrected, corrected, pending, retired];

function uncorrected({ eccUncorrectedCount: count }: Reading): Finding | undefined {
  return count === undefined || count <= 0 ? undefined : uncorrectedErrors(count);
}

const uncorrectedErrors = once((count: number) => {
  const isMany = count >= MANY_ECC_UNCORRECTED;
  return finding('ecc-uncorrected', {
    severity: isMany ? 'blocking' : 'warning',
    what: `Its memory had ${countText(count)} uncorrected ${count === 1 ? 'error' : 'errors'}.`,
    why: 'Each ended the work that ran, or gave it wrong numbers. The driver retires such memory at the next reset.',
    mend: 'Reset the card, test its memory for an hour, and exchange it if the count rises again.',
    unlocks: isMany ? 'All work of this card.' : 'Answers that a customer can rely on.',
    ...(isMany ? { gain: { kind: 'works-again' } as const } : {}),
  });
});

function corrected({ eccCorrectedCount: count }: Reading): Finding | undefined {
  return count === undefined || count <= 0 ? undefined : correctedErrors(count);
}

const correctedErrors = once((count: number) =>
  finding('ecc-corrected', {
    severity: count >= MANY_ECC_CORRECTED ? 'warning' : 'info',
    what: `Its memory corrected ${countText(count)} ${count === 1 ? 'error' : 'errors'} since it was last cleared.`,
    why: 'A few in years are usual. Many come from timings left over from mining, heat, or memory that fails.',
    mend: 'Set the shipped clocks and timings, clear the counter, then test its memory and look again.',
  }),
);

function pending({ isRetirementPending }: Reading): Finding | undefined {
  return isRetirementPending === true ? retirementPending : undefined;
}

const retirementPending = finding('retirement-pending', {
  what: 'Memory of it waits to be taken out of use.',
  why: 'The driver found it bad and retires it at the next reset; until then work may land on it.',
  mend: 'Stop its work and run "nvidia-smi --gpu-reset", or start the rig again.',
  unlocks: 'Answers that a customer can rely on.',
});

function retired({ retiredPageCount: count }: Reading): Finding | undefined {
  return count === undefined || count <= 0 ? undefined : retiredPages(count);
}

const retiredPages = once((count: number) =>
  finding('pages-retired', {
    severity: count >= MANY_RETIRED_PAGES ? 'warning' : 'info',
    what: `${countText(count)} ${count === 1 ? 'page or row' : 'pages or rows'} of its memory ${count === 1 ? 'is' : 'are'} out of use.`,
    why: 'The driver took them out for errors. NVIDIA exchanges a card near 64 pages.',
    mend: 'Watch the count; if it rises, test the memory and exchange the card.',
  }),
);

/** Asked of every card: a driver that says "off" says that the card has it. */
export function eccOff({ card: { isEccOn } }: SeenCard): Finding | undefined {
  return isEccOn === false ? eccIsOff : undefined;
}

const eccIsOff = finding('ecc-off', {
  what: 'It has error correction (ECC), and it is off.',
  why: 'Wrong bits then pass unseen. With ECC on, GDDR cards have about 6 % less VRAM and some less speed, HBM cards the same.',
  mend: 'For training and for customers run "nvidia-smi -e 1", then reset the card.',
  unlocks: 'Errors that are corrected and counted.',
});
