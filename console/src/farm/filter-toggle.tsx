import type { ReactNode } from 'react';

/** A button that puts one value into the filter and takes it out again. */
export function FilterToggle(props: {
  readonly isOn: boolean;
  readonly onToggle: () => void;
  readonly children: ReactNode;
}) {
  const tone = props.isOn ? 'border-accent bg-accent-wash font-medium' : 'border-line bg-surface hover:bg-raised';
  return (
    <button
      type="button"
      aria-pressed={props.isOn}
      onClick={props.onToggle}
      className={`inline-flex h-9 items-center gap-2 rounded-md border px-2.5 ${tone}`}
    >
      {props.children}
    </button>
  );
}
