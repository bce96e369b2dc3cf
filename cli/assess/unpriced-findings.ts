import { type AssessedCard, type FindingCode, findingCodes } from '@rerig/domain/grading';

/** Findings of a card that may take speed, days or the whole card, by an amount that no figure tells. */
const UNPRICED: ReadonlySet<FindingCode> = new Set([
  'memory-hot',
  'core-hot',
  'hot-spot-hot',
  'fan-full',
  'throttled-heat',
  'throttled-power-brake',
  'ecc-uncorrected',
  'ecc-corrected',
  'pages-retired',
  'xid',
  'shares-invalid',
  'hash-rate-low',
  'hash-rate-none',
  'straps-suspected',
  'sensor-implausible',
  'link-replay',
]);

/** What an explanation says of warnings that its money leaves out; undefined where there are none. */
export function unpricedText({ findings }: AssessedCard): string | undefined {
  const grave = findings.filter(({ code, severity }) => severity === 'warning' && UNPRICED.has(code));
  const titles = [...new Set(grave.map(({ code }) => findingCodes[code].title.toLowerCase()))];
  if (titles.length === 0) return undefined;
  return `Not in these figures: ${titles.join(', ')}, which may take speed, days or the card. See to it first.`;
}
