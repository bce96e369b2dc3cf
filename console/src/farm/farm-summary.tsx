import type { ActivityView } from '@rerig/api/exchange';
import { formatBytes } from '@rerig/domain/quantity';
import type { ReactNode } from 'react';
import { formatCount, formatCountOf, moneyWords } from './card-words.ts';
import type { FarmTotals } from './farm-totals.ts';
import { GradeBar } from './grade-bar.tsx';

/** The farm in one strip: what it has, what it does, what that has brought. */
export function FarmSummary(props: { readonly totals: FarmTotals; readonly activity: ActivityView }) {
  const { totals, activity } = props;
  return (
    <section aria-label="The farm in figures" className="mt-4 rounded-lg border border-line bg-surface shadow-xs">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg bg-line sm:grid-cols-4 lg:grid-cols-[1fr_2.25fr_0.9fr_1fr_1.35fr_1.35fr]">
        <Figure label="Cards" value={formatCount(totals.cardCount)}>
          in {formatCountOf(totals.rigCount, 'rig')}, {formatCount(totals.liveRigCount)} live
        </Figure>
        <div className="order-first col-span-2 bg-surface px-4 py-3.5 sm:order-none sm:col-span-3 lg:col-span-1">
          <dt className="text-faint text-xs">Cards by grade</dt>
          <dd className="mt-2.5">
            <GradeBar totals={totals} />
          </dd>
        </div>
        <Figure label="VRAM" value={formatBytes(totals.vramBytes)}>
          {totals.vramUnknownCount === 0
            ? 'over all GPUs'
            : `${formatCountOf(totals.vramUnknownCount, 'GPU')} not known`}
        </Figure>
        <Figure label="Serving now" value={formatCountOf(totals.servingCount, 'card')}>
          {formatCountOf(activity.openRequestCount, 'open request')}
        </Figure>
        <Figure label="Tokens served" value={formatCount(activity.promptTokens + activity.completionTokens)}>
          <span className="block">
            {formatCount(activity.promptTokens)} in, {formatCount(activity.completionTokens)} out
          </span>
          {formatCountOf(activity.requestCount, 'request')}
        </Figure>
        <Money activity={activity} />
      </dl>
    </section>
  );
}

function Figure(props: { readonly label: string; readonly value: string; readonly children: ReactNode }) {
  return (
    <div className="bg-surface px-4 py-3.5">
      <dt className="text-faint text-xs">{props.label}</dt>
      <dd>
        <span className="mt-1 block font-semibold text-xl tracking-tight">{props.value}</span>
        <span className="mt-0.5 block text-soft text-xs">{props.children}</span>
      </dd>
    </div>
  );
}

function Money({ activity }: { readonly activity: ActivityView }) {
  return (
    <div className="col-span-2 bg-surface px-4 py-3.5 sm:col-span-1">
      <dt className="text-faint text-xs">Charged to customers, USD</dt>
      <dd>
        <span className="mt-1 block font-semibold text-xl tracking-tight">{moneyWords(activity.chargedMicroUsd)}</span>
        <span className="mt-0.5 block text-soft text-xs">
          <span className="block">operator’s share {moneyWords(activity.operatorMicroUsd)}</span>
          fee {moneyWords(activity.feeMicroUsd)}
        </span>
      </dd>
    </div>
  );
}
