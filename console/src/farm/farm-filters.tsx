import { StateDot } from './card-state.tsx';
import { CARD_STATES, formatCountOf, GRADE_KEYS } from './card-words.ts';
import { type FarmFilter, hidesCards, NO_FILTER, toggled } from './farm-filter.ts';
import type { FarmTotals } from './farm-totals.ts';
import { FilterToggle } from './filter-toggle.tsx';
import { GradeLetter } from './grade-badge.tsx';
import { OrderField } from './order-field.tsx';
import { SearchField } from './search-field.tsx';
import { useIsWide } from './use-is-wide.ts';

interface FarmFiltersProps {
  readonly filter: FarmFilter;
  readonly totals: FarmTotals;
  readonly shownCount: number;
  readonly onFilter: (filter: FarmFilter) => void;
}

/** Search by name, and which grades and states are shown. */
export function FarmFilters({ filter, totals, shownCount, onFilter }: FarmFiltersProps) {
  const isWide = useIsWide();
  const grades = GRADE_KEYS.filter((key) => filter.grades.includes(key) || (totals.countByGrade.get(key) ?? 0) > 0);
  const states = CARD_STATES.filter((key) => filter.states.includes(key) || (totals.countByState.get(key) ?? 0) > 0);
  return (
    <search className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-3">
      <SearchField text={filter.text} onText={(text) => onFilter({ ...filter, text })} />
      <fieldset className="flex flex-wrap items-center gap-1.5">
        <legend className="sr-only">Show grades</legend>
        {grades.map((grade) => (
          <FilterToggle
            key={grade}
            isOn={filter.grades.includes(grade)}
            onToggle={() => onFilter({ ...filter, grades: toggled(GRADE_KEYS, filter.grades, grade) })}
          >
            <GradeLetter grade={grade} />
          </FilterToggle>
        ))}
      </fieldset>
      <fieldset className="flex flex-wrap items-center gap-1.5">
        <legend className="sr-only">Show states</legend>
        {states.map((state) => (
          <FilterToggle
            key={state}
            isOn={filter.states.includes(state)}
            onToggle={() => onFilter({ ...filter, states: toggled(CARD_STATES, filter.states, state) })}
          >
            <StateDot state={state} />
            {state} <span className="text-faint">{totals.countByState.get(state)}</span>
          </FilterToggle>
        ))}
      </fieldset>
      {isWide ? null : <OrderField order={filter.order} onOrder={(order) => onFilter({ ...filter, order })} />}
      <div className="ml-auto flex items-center gap-3 text-soft">
        <p role="status">
          {hidesCards(filter) ? `${shownCount} of ` : ''}
          {formatCountOf(totals.cardCount, 'card')}
        </p>
        {hidesCards(filter) ? (
          <button
            type="button"
            onClick={() => onFilter({ ...NO_FILTER, order: filter.order })}
            className="font-medium text-accent underline underline-offset-4"
          >
            Clear filters
          </button>
        ) : null}
      </div>
    </search>
  );
}
