/** So many texts are remembered; a text that was forgotten gets a new number, and what was found by the old is made anew. */
const MOST_REMEMBERED = 500_000;

const numbers = new Map<string, number>();
let lastNumber = 0;

/** The same number for the same text, another for each other: so that what is alike is found without comparing words. */
export function numberOfText(text: string): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  if (numbers.size >= MOST_REMEMBERED) numbers.clear();
  lastNumber += 1;
  numbers.set(text, lastNumber);
  return lastNumber;
}
