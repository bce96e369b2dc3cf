import type { CardModel } from '../cards.ts';
import { type AssessedCard, type Grade, gradeCard, gradeOf, type Interval, type WorkloadFit } from '../grading.ts';
import type { Bytes } from '../quantity.ts';
import type { FleetEntry, FleetVram } from './entry.ts';

/** By which end of the predicted speeds a card is judged. */
export type SpeedEnd = keyof Interval;

/** Both ends and the middle of predicted speeds. */
export const speedEnds: readonly SpeedEnd[] = ['low', 'mid', 'high'];

/** A card of the fleet with one amount of VRAM, graded as any card is. */
export interface GradedFleetCard {
  readonly vramBytes: Bytes;
  readonly ofNamePercent: number;
  readonly assessed: AssessedCard;
  /** The catalogue's models that it may be: one, where name and VRAM tell; none where the catalogue lacks it. */
  readonly models: readonly CardModel[];
  /** The grade as predicted, and what it would be at either end of the speeds; null where it has none. */
  readonly grades: Readonly<Record<SpeedEnd, Grade | null>>;
}

/** A name of the fleet and its cards, one an amount of VRAM. */
export interface GradedFleetEntry {
  readonly entry: FleetEntry;
  readonly cards: readonly GradedFleetCard[];
}

/** Grades every card of a fleet as sold: by name and VRAM, nothing measured on it, no rig around it. */
export function gradeFleet(entries: readonly FleetEntry[]): readonly GradedFleetEntry[] {
  return entries.map((entry) => ({ entry, cards: entry.vram.map((vram) => gradeOne(entry.name, vram)) }));
}

/** A workload on a graded card: undefined where nothing is known of the card. */
export function fitOf({ assessed }: GradedFleetCard, workloadName: string): WorkloadFit | undefined {
  return assessed.fits.find(({ workload }) => workload.name === workloadName);
}

function gradeOne(name: string, { vramBytes, ofNamePercent }: FleetVram): GradedFleetCard {
  const assessed = gradeCard({ cardId: `fleet/${name}`, kind: 'gpu', name, vramBytes });
  const models = modelsOf(assessed);
  const gradeAt = (end: SpeedEnd) => gradeAtSpeed(assessed, models[0], end);
  const grades = { low: gradeAt('low'), mid: assessed.grade, high: gradeAt('high') };
  return { vramBytes, ofNamePercent, assessed, models, grades };
}

function modelsOf({ match }: AssessedCard): readonly CardModel[] {
  if (match?.kind === 'matched') return [match.model];
  return match?.kind === 'ambiguous' ? match.models : [];
}

/** The same table of grades, with every speed at one end of its interval. */
function gradeAtSpeed(assessed: AssessedCard, model: CardModel | undefined, end: SpeedEnd): Grade | null {
  const { grade, route, vram, fits } = assessed;
  if (grade === null || route === null || vram === undefined) return grade;
  const atEnd = fits.map((fit): WorkloadFit => {
    if (fit.speed === undefined) return fit;
    const { generateTokensPerSecond } = fit.speed;
    const mid = generateTokensPerSecond[end];
    return { ...fit, speed: { ...fit.speed, generateTokensPerSecond: { ...generateTokensPerSecond, mid } } };
  });
  return gradeOf({ vramBytes: vram.usableBytes, fits: atEnd, route, matrixUnits: model?.matrixUnits ?? 'none' });
}
