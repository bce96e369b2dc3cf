import type { CardMatch } from '../cards.ts';
import type { AssessedCard } from './assessed.ts';
import type { SeenCard } from './card-finding-rule.ts';
import { eccOff, errorRules } from './error-findings.ts';
import type { Finding } from './finding.ts';
import { fitRules } from './fit-findings.ts';
import { heatRules } from './heat-findings.ts';
import { identityRules } from './identity-findings.ts';
import { linkRules } from './link-findings.ts';
import { measuredRules } from './measured-findings.ts';
import { measuredSpeedRules } from './measured-speed-findings.ts';
import { miningRules } from './mining-findings.ts';
import { powerRules } from './power-findings.ts';
import { tuningRules } from './tuning-findings.ts';
import { xidFindings } from './xid-findings.ts';

const cardRules = [...identityRules, ...fitRules, ...linkRules, ...measuredRules, ...measuredSpeedRules, eccOff];
const readingRules = [...heatRules, ...powerRules, ...tuningRules, ...errorRules, ...miningRules];

/** What is wrong with, or limits, one card. Cards in the same state share their findings as objects. */
export function cardFindings(assessed: Omit<AssessedCard, 'findings'>): readonly Finding[] {
  const { card, match } = assessed;
  const seen: SeenCard = {
    assessed,
    card,
    model: match?.kind === 'matched' ? match.model : undefined,
    architecture: architectureOf(match),
  };
  const findings: Finding[] = [];
  for (const rule of card.kind === 'cpu' ? fitRules : cardRules) {
    const found = rule(seen);
    if (found !== undefined) findings.push(found);
  }
  const { reading } = card;
  if (reading === undefined || card.kind === 'cpu') return findings;
  for (const rule of readingRules) {
    const found = rule(reading, seen);
    if (found !== undefined) findings.push(found);
  }
  if (reading.xidCodes !== undefined) findings.push(...xidFindings(reading.xidCodes));
  return findings;
}

function architectureOf(match: CardMatch | undefined): string | undefined {
  if (match?.kind === 'matched') return match.model.architecture;
  if (match?.kind !== 'ambiguous') return undefined;
  const [first, ...others] = match.models;
  return others.every(({ architecture }) => architecture === first?.architecture) ? first?.architecture : undefined;
}
