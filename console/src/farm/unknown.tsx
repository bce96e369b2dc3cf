/** Stands where a figure is not known; `words` say so to those who do not see the dash. */
export function Unknown({ words = 'not known' }: { readonly words?: string }) {
  return (
    <span className="text-faint">
      <span aria-hidden="true">–</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}
