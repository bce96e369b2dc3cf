/** A text as one word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command as a shell reads it. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
