import type { RigView } from '@rerig/api/exchange';
import { findingTitle } from './card-words.ts';

export type FindingView = RigView['findings'][number];

const CHIPS: Readonly<Record<FindingView['severity'], string>> = {
  blocking: 'text-blocking bg-blocking-wash',
  warning: 'text-warning bg-warning-wash',
  info: 'text-info bg-info-wash',
};

const EDGES: Readonly<Record<FindingView['severity'], string>> = {
  blocking: 'border-l-blocking',
  warning: 'border-l-warning',
  info: 'border-l-info',
};

const SHAPES: Readonly<Record<FindingView['severity'], string>> = {
  blocking: 'M3.5.5h5l3 3v5l-3 3h-5l-3-3v-5z',
  warning: 'M6 .8 12 11.2H0z',
  info: 'M6 .5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z',
};

interface FindingChipsProps {
  readonly findings: readonly FindingView[];
  /** Unique on the page; the panels of the chips are called after it. */
  readonly panelId: string;
  /** Which finding is open, by its place; null for none. */
  readonly openIndex: number | null;
  readonly onOpen: (index: number | null) => void;
}

/** What is wrong or limiting, as chips; each opens and closes its panel, which stands elsewhere. */
export function FindingChips({ findings, panelId, openIndex, onOpen }: FindingChipsProps) {
  if (findings.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1.5">
      {findings.map((finding, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a card may have one code twice, and findings have no other name
        <li key={`${finding.code} ${index}`}>
          <button
            type="button"
            aria-expanded={openIndex === index}
            aria-controls={openIndex === index ? panelId : undefined}
            onClick={() => onOpen(openIndex === index ? null : index)}
            className={`inline-flex items-center gap-1.5 rounded-[5px] px-2 py-0.5 text-left font-medium text-xs hover:underline ${CHIPS[finding.severity]} ${openIndex === index ? 'ring-1 ring-current' : ''}`}
          >
            <svg viewBox="0 0 12 12" aria-hidden="true" className="size-2.5 shrink-0 fill-current">
              <path d={SHAPES[finding.severity]} />
            </svg>
            <span className="sr-only">{finding.severity}: </span>
            {findingTitle(finding.code)}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** One finding in full: what it is, why it matters, what to do, and what that unlocks. */
export function FindingPanel({ finding, panelId }: { readonly finding: FindingView; readonly panelId: string }) {
  return (
    <div id={panelId} className={`rounded-r-md border-l-4 bg-raised px-4 py-3 text-left ${EDGES[finding.severity]}`}>
      <p className="font-medium">{finding.what}</p>
      <dl className="mt-1.5 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-soft">
        <dt className="font-medium">Why</dt>
        <dd>{finding.why}</dd>
        <dt className="font-medium">Mend</dt>
        <dd className="text-ink">{finding.mend}</dd>
        {finding.unlocks === undefined ? null : (
          <>
            <dt className="font-medium">Unlocks</dt>
            <dd>{finding.unlocks}</dd>
          </>
        )}
      </dl>
    </div>
  );
}
