/** A source as statements name it: the file's own name, without its folders, and the message's own time. */
export function sourceText(source: string, sentAt?: string): string {
  const fileName = source.slice(Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1);
  return sentAt === undefined ? fileName : `${fileName}, ${sentAt.replace(/\.\d+$/, '')}`;
}
