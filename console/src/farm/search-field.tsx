import { useEffect, useRef, useState } from 'react';

/** Searches as it is typed. */
export function SearchField({ text, onText }: { readonly text: string; readonly onText: (text: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    // The address follows what is typed, a moment later; it leads only while nobody types.
    if (document.activeElement !== field.current) setTyped(text);
  }, [text]);
  return (
    <input
      ref={field}
      type="search"
      value={typed}
      aria-label="Search cards by name"
      placeholder="Search card, rig or model"
      onChange={(event) => {
        setTyped(event.target.value);
        onText(event.target.value);
      }}
      className="h-9 w-full rounded-md border border-line-strong bg-surface px-3 placeholder:text-faint sm:w-52"
    />
  );
}
