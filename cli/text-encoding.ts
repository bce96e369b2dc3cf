/** The marks that begin a text in UTF-16, as PowerShell's `>` writes it. */
const UTF16_MARKS = [
  { bytes: [0xff, 0xfe], label: 'utf-16le' },
  { bytes: [0xfe, 0xff], label: 'utf-16be' },
] as const;

/**
 * The text of a file's bytes: UTF-16 where its mark says so, else UTF-8, with its mark or without. Bytes that are none
 * become U+FFFD, which the reader of the text refuses.
 */
export function decodeText(bytes: Buffer): string {
  const utf16 = UTF16_MARKS.find(({ bytes: [first, second] }) => bytes[0] === first && bytes[1] === second);
  return utf16 === undefined ? bytes.toString('utf8') : new TextDecoder(utf16.label).decode(bytes);
}
