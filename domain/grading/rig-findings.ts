import type { Contradiction, Rig } from '../inventory.ts';
import type { AssessedCard } from './assessed.ts';
import { driverFindings } from './driver-findings.ts';
import type { Finding } from './finding.ts';
import { hostFindings } from './host-findings.ts';
import { ramFindings } from './ram-findings.ts';

/** What limits a whole rig, said once and not for each card. */
export function rigFindings(rig: Rig, cards: readonly AssessedCard[]): readonly Finding[] {
  return [
    ...emptyFindings(rig),
    ...ramFindings(rig, cards),
    ...hostFindings(rig),
    ...driverFindings(rig, cards),
    ...linkFindings(rig),
    ...rig.contradictions.map(contradictionFinding),
  ];
}

function emptyFindings({ cards, host }: Rig): readonly Finding[] {
  if (cards.length > 0) return [];
  const graphics = host.integratedGraphicsName;
  return [
    {
      code: 'no-cards',
      severity: 'blocking',
      what: 'The rig has no cards.',
      why: graphics === undefined ? 'Its messages list none.' : `Only "${graphics}" is listed, which is no card.`,
      mend: 'Look whether its cards are powered and seated, then start it again.',
    },
  ];
}

function linkFindings({ cards }: Rig): readonly Finding[] {
  const unknownCount = cards.filter(({ kind, pcieLink }) => kind === 'gpu' && pcieLink === undefined).length;
  if (unknownCount === 0) return [];
  return [
    {
      code: 'link-unknown',
      severity: 'info',
      what: `The PCIe link of ${unknownCount === 1 ? 'one card' : `${unknownCount} cards`} is not known.`,
      why: 'HiveOS’s messages do not carry it. On mining boards most slots have one lane: loading is slow, and cards cannot share one model.',
      mend: 'Run "rerig probe" on the rig, which reads the link of every card.',
    },
  ];
}

function contradictionFinding({ subject, taken, others }: Contradiction): Finding {
  const seen = others.map(({ text, source }) => `${text} in ${source}`).join('; ');
  return {
    code: subject === 'ram' ? 'ram-contradiction' : 'cards-contradiction',
    severity: 'info',
    what: `Sources differ on the rig’s ${subject === 'ram' ? 'RAM' : subject}.`,
    why: `The newest says ${taken.text} (${taken.source}); before that: ${seen}.`,
    mend: 'Give the newest messages only, if the rig was changed in between.',
  };
}
