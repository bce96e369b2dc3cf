import type { FarmView } from '@rerig/api/exchange';
import { useQuery } from '@tanstack/react-query';
import { createRoute } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import { EmptyFarm } from '../farm/empty-farm.tsx';
import { ExampleBanner } from '../farm/example-banner.tsx';
import {
  type FarmFilter,
  fromFarmSearch,
  NO_FILTER,
  parseFarmSearch,
  toFarmSearch,
  visibleRigs,
} from '../farm/farm-filter.ts';
import { FarmFilters } from '../farm/farm-filters.tsx';
import { FarmHeader } from '../farm/farm-header.tsx';
import { FarmSkeleton } from '../farm/farm-skeleton.tsx';
import { FarmSummary } from '../farm/farm-summary.tsx';
import { farmTotals } from '../farm/farm-totals.ts';
import { FARM_QUERY_KEY, fetchFarm } from '../farm/fetch-farm.ts';
import { NoMatch } from '../farm/no-match.tsx';
import { OutOfDate } from '../farm/out-of-date.tsx';
import { RigSection } from '../farm/rig-section.tsx';
import { FaultPanel } from '../fault-panel.tsx';
import { rootRoute } from './root.tsx';

/** `/`: the farm, live, with its filter and order in the address. */
export const farmRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: parseFarmSearch,
  component: FarmPage,
});

function FarmPage() {
  const { live } = farmRoute.useRouteContext();
  const status = useSyncExternalStore(live.subscribe, live.status);
  const farm = useQuery({ queryKey: FARM_QUERY_KEY, queryFn: ({ signal }) => fetchFarm(signal) });
  const fault = status.status === 'live' ? null : status.fault;
  const noFarm = fault ?? farm.error?.fault ?? null;
  return (
    <>
      <FarmHeader farm={farm.data ?? null} live={status} />
      <main className={`mx-auto max-w-[84rem] px-4 pb-16 sm:px-6 ${fault === null ? '' : 'stale'}`}>
        {farm.data !== undefined && fault !== null ? (
          <OutOfDate fault={fault} updatedAt={farm.data.updatedAt} onRetry={live.retryNow} />
        ) : null}
        {farm.data !== undefined ? <Farm farm={farm.data} /> : null}
        {farm.data === undefined && noFarm === null ? <FarmSkeleton /> : null}
        {farm.data === undefined && noFarm !== null ? (
          <div className="mt-6">
            <FaultPanel fault={noFarm} onRetry={live.retryNow} />
          </div>
        ) : null}
      </main>
    </>
  );
}

function Farm({ farm }: { readonly farm: FarmView }) {
  const filter = fromFarmSearch(farmRoute.useSearch());
  const navigate = farmRoute.useNavigate();
  const setFilter = (next: FarmFilter) => {
    void navigate({ search: toFarmSearch(next), replace: true, resetScroll: false });
  };
  const totals = farmTotals(farm);
  if (farm.rigs.length === 0) return <EmptyFarm />;
  const rigs = visibleRigs(farm.rigs, filter);
  const shownCount = rigs.reduce((count, { cards }) => count + cards.length, 0);
  return (
    <>
      {farm.isExample ? <ExampleBanner /> : null}
      <FarmSummary totals={totals} activity={farm.activity} />
      <FarmFilters filter={filter} totals={totals} shownCount={shownCount} onFilter={setFilter} />
      {rigs.map(({ rig, cards }) => (
        <RigSection
          key={rig.rigId}
          rig={rig}
          cards={cards}
          order={filter.order}
          onOrder={(order) => setFilter({ ...filter, order })}
        />
      ))}
      {rigs.length === 0 ? <NoMatch onClear={() => setFilter({ ...NO_FILTER, order: filter.order })} /> : null}
    </>
  );
}
