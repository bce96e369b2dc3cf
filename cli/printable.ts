/**
 * Another's text as a terminal and a page may show it: what files say stands in names and findings, and must neither
 * steer the terminal nor turn the direction of what is written beside it.
 */
export function printable(text: string): string {
  return text.normalize('NFC').replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

/** The same, cut to at most `most` characters. */
export function shortened(text: string, most: number): string {
  const shown = printable(text);
  return shown.length <= most ? shown : `${shown.slice(0, most - 1)}…`;
}

/** A text as one argument of a shell: in quotes where it has anything that a shell takes apart. */
export function asArgument(text: string): string {
  const shown = printable(text);
  return /^[\w./:@+-]+$/.test(shown) ? shown : `"${shown.replace(/["$`\\]/g, '\\$&')}"`;
}
