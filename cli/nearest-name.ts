/** The one of `names` that a slip of the fingers may have meant: within two edits, or a third of its length; else none. */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const scored = names.map((name) => ({ name, editCount: editCountOf(text.toLowerCase(), name) }));
  const [best] = scored.toSorted((one, other) => one.editCount - other.editCount);
  if (best === undefined) return undefined;
  return best.editCount <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : undefined;
}

/** Letters to put in, take out or replace (Levenshtein), with a swap of two neighbours as one. */
function editCountOf(one: string, other: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const replaced = (row[j - 1] ?? 0) + Number(!isSame);
      const least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced);
      next.push(isSwap ? Math.min(least, (before[j - 2] ?? 0) + 1) : least);
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
