import type { CardModel, Route } from '../cards.ts';
import { type Bytes, GIB } from '../quantity.ts';
import type { WorkloadFit } from './fit.ts';

/** What AI work a card can do, A the most. */
export type Grade = 'A' | 'B' | 'C' | 'D' | 'E';

/** VRAM from which an 8B model is fine-tuned by QLoRA with room for its activations. */
const FINE_TUNING_VRAM_BYTES = 20 * GIB;

/** A driver's usual share of VRAM: what cards sold with 20 GiB let use at least (ECC and the driver's reserve off). */
const USABLE_SHARE = 0.93;

/** A person reads about five words a second; a chat that is slower is no use. A threshold of ours. */
const USEFUL_TOKENS_PER_SECOND = 5;

/** What each grade means, in the words that are shown; the first that holds is a card's grade. */
export const gradeMeanings: Readonly<Record<Grade, string>> = {
  A: 'fine-tunes 8B models: 20 GiB or more, matrix units (tensor cores, WMMA), a route with no end in sight',
  B: 'serves 14B models at 4 bits with 4,096 tokens of context inside its VRAM',
  C: 'serves 8B models at 4 bits with 4,096 tokens of context inside its VRAM',
  D: 'serves 1B to 3B models at 4 bits with 4,096 tokens of context',
  E: 'none of these usefully',
};

/** What decides a grade. */
export interface GradeBasis {
  /** What workloads may use. */
  readonly vramBytes: Bytes;
  readonly fits: readonly WorkloadFit[];
  readonly route: Route;
  readonly matrixUnits: CardModel['matrixUnits'];
}

/** A card's grade by the table of `gradeMeanings`. More VRAM never gives a worse one. */
export function gradeOf(basis: GradeBasis): Grade {
  if (isTraining(basis)) return 'A';
  const best = fittingGrade(basis.fits);
  return basis.route.name === 'cpu' && best < 'D' ? 'D' : best;
}

/** A processor never serves more than 1B to 3B usefully: its memory moves 10 to 50 GB/s where a card moves 200 to 900. */
function fittingGrade(fits: readonly WorkloadFit[]): Grade {
  const isFitting = (name: string) =>
    fits.some(({ workload, isFitting, speed }) => {
      const tokensPerSecond = speed?.generateTokensPerSecond.mid ?? USEFUL_TOKENS_PER_SECOND;
      return workload.name === name && isFitting && tokensPerSecond >= USEFUL_TOKENS_PER_SECOND;
    });
  if (isFitting('14B Q4_K_M')) return 'B';
  if (isFitting('8B Q4_K_M')) return 'C';
  return isFitting('1B Q4_K_M') ? 'D' : 'E';
}

function isTraining({ vramBytes, route, matrixUnits }: GradeBasis): boolean {
  const isCurrent = (route.name === 'cuda-13' || route.name === 'rocm') && route.supportedUntil === undefined;
  return isCurrent && matrixUnits !== 'none' && vramBytes >= FINE_TUNING_VRAM_BYTES * USABLE_SHARE;
}
