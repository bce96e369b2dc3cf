/** Which of some steps are tried: all, or `countMax` of them with even gaps, moved by a seed. */
export function chosenSteps<Step>(steps: readonly Step[], countMax: number, seed: number): readonly Step[] {
  if (steps.length <= countMax) return steps;
  const gap = steps.length / countMax;
  const shift = (seed % 1000) / 1000;
  const chosen = new Set(Array.from({ length: countMax }, (_, index) => Math.floor((index + shift) * gap)));
  return steps.filter((_, index) => chosen.has(index));
}
