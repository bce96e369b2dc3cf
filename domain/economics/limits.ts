import type { AssessedCard, Finding } from '../grading.ts';
import type { OperatorSettings } from './settings.ts';

/** Where a card stands: what its rig gives it and what its rig keeps from it. */
export interface CardPlace {
  /** Cards that share the host's power; at least 1. */
  readonly cardCount: number;
  /** Whether the rig's RAM serves this card too, after those that earn more. */
  readonly hasSeat: boolean;
  /** Whether the rig's RAM holds a renter's image. */
  readonly isRoomy: boolean;
  /** Whether the rig's driver still drives it. */
  readonly isDriven: boolean;
  /** Findings of the rig. */
  readonly findings: readonly Finding[];
}

/** A card alone in a rig that limits nothing. */
export const freePlace: CardPlace = { cardCount: 1, hasSeat: true, isRoomy: true, isDriven: true, findings: [] };

/** Why something may not be done, and what would allow it. */
export interface Limit {
  readonly why: string;
  readonly mend?: string;
  readonly findingCode?: string;
}

/** What keeps a card from each kind of work; absent: nothing. */
export interface Limits {
  /** Of the card itself, and mendable: nothing runs on it until then. */
  readonly fault?: Finding;
  readonly ai?: Limit;
  readonly rent?: Limit;
  readonly mine?: Limit;
}

/** Blocking findings of a card that keep it from AI work alone: its miner still runs. */
export const AI_ONLY: ReadonlySet<string> = new Set(['route-ended', 'nothing-fits']);

/** Findings of a rig that keep its miners, too, from running. */
const NO_POWER: ReadonlySet<string> = new Set(['power']);

/**
 * Findings of a rig for which nobody rents its cards by the hour, though they serve well enough: a renter's PyTorch does
 * not start without AVX.
 */
export const RENT_BLOCKERS: ReadonlySet<string> = new Set(['cpu-no-avx', 'disk-usb', 'disk-small', 'uplink-slow']);

/** What keeps a card from work, by its findings, its rig's, and where it stands. */
export function limitsOf(assessed: AssessedCard, place: CardPlace, settings: OperatorSettings): Limits {
  const blocking = assessed.findings.filter(({ severity }) => severity === 'blocking');
  const fault = blocking.find(({ code }) => !AI_ONLY.has(code));
  const ofRig = place.findings.find(({ severity }) => severity === 'blocking');
  const unfit = blocking.find(({ code }) => AI_ONLY.has(code)) ?? ofRig;
  const dark = place.findings.find(({ severity, mendKind }) => severity === 'blocking' && NO_POWER.has(mendKind));
  const undriven = undrivenBy(place);
  const ai = fault ?? undriven ?? unfit;
  const aiLimit = ai === undefined ? seatLimit(place) : limitOf(ai);
  const mineLimit = fault ?? undriven ?? dark;
  const rentLimit = aiLimit ?? rentLimitOf(place, settings);
  return {
    ...(fault === undefined ? {} : { fault }),
    ...(aiLimit === undefined ? {} : { ai: aiLimit }),
    ...(rentLimit === undefined ? {} : { rent: rentLimit }),
    ...(mineLimit === undefined ? {} : { mine: limitOf(mineLimit) }),
  };
}

/** The finding that says that the rig’s driver has dropped this card: not even a miner sees it then. */
export function undrivenBy({ isDriven, findings }: CardPlace): Finding | undefined {
  return isDriven ? undefined : findings.find(({ code }) => code === DRIVER_DROPPED);
}

/** Which cards of a rig its driver has dropped, by its findings. */
export function undrivenCards(findings: readonly Finding[]): (cardId: string) => boolean {
  const dropped = findings.find(({ code }) => code === DRIVER_DROPPED);
  if (dropped === undefined) return () => false;
  const { cardIds, severity } = dropped;
  return (cardId) => (cardIds === undefined ? severity === 'blocking' : cardIds.includes(cardId));
}

const DRIVER_DROPPED = 'driver-dropped';

function limitOf({ code, what, mend }: Finding): Limit {
  return { why: what, mend, findingCode: code };
}

function seatLimit({ hasSeat, findings }: CardPlace): Limit | undefined {
  if (hasSeat) return undefined;
  const small = findings.find(({ code }) => code === 'ram-small');
  return {
    why: 'The rig’s RAM serves fewer cards than it has, and others of them earn more.',
    mend: small?.mend ?? 'Fit more RAM, or move it to a rig that has some to spare.',
    findingCode: 'ram-small',
  };
}

function rentLimitOf({ isRoomy, findings }: CardPlace, { isolation }: OperatorSettings): Limit | undefined {
  if (isolation === 'process') {
    return {
      why: 'A stranger’s code never runs as a plain process.',
      mend: 'Install Podman or Docker on the rig, and set isolation to "container".',
    };
  }
  if (!isRoomy) {
    return { why: 'The rig’s RAM does not hold a renter’s image.', mend: 'Fit more RAM.', findingCode: 'ram-small' };
  }
  const blocker = findings.find(({ code, severity }) => RENT_BLOCKERS.has(code) && severity !== 'info');
  return blocker === undefined ? undefined : limitOf(blocker);
}

/** The same card without some of its findings, as it stands once those are mended. */
export function withoutFindings(assessed: AssessedCard, mended: readonly Finding[]): AssessedCard {
  return { ...assessed, findings: assessed.findings.filter((finding) => !mended.includes(finding)) };
}
