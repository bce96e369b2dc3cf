/** As Commander names the value of a flag: `timeLimit` for `--time-limit`. */
export function flagName(key: string): string {
  return key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
