/** A tag of XML and the text that follows it, up to the next tag. */
export interface XmlTag {
  readonly kind: 'open' | 'close' | 'empty';
  readonly name: string;
  /** Its attribute `id`. */
  readonly id?: string;
  readonly text: string;
}

/** The longest text or tag that is kept. */
const LONGEST_CHARACTERS = 300;

/**
 * The tags of an XML text in their order, without comments, declarations and whatever else; nothing is validated, so
 * that a cut or damaged document gives what it has. Takes time linear in the text, and keeps nothing of it.
 */
export function* readTags(text: string, from = 0): Generator<XmlTag> {
  let at = text.indexOf('<', from);
  while (at >= 0) {
    const end = text.indexOf('>', at);
    if (end < 0) return;
    const next = text.indexOf('<', end);
    const tag = tagOf(text.slice(at + 1, Math.min(end, at + LONGEST_CHARACTERS)), textBetween(text, end + 1, next));
    if (tag !== undefined) yield tag;
    at = next;
  }
}

function textBetween(text: string, from: number, to: number): string {
  const end = to < 0 ? text.length : to;
  return withoutEntities(text.slice(from, Math.min(end, from + LONGEST_CHARACTERS)).trim());
}

function tagOf(inner: string, text: string): XmlTag | undefined {
  const isClosing = inner.startsWith('/');
  const [, name] = /^\/?([A-Za-z_][\w.-]{0,80})(?=[\s/]|$)/.exec(inner) ?? [];
  if (name === undefined) return undefined;
  if (isClosing) return { kind: 'close', name, text };
  const kind = inner.endsWith('/') ? 'empty' : 'open';
  const id = /\sid\s{0,3}=\s{0,3}["']([^"']{0,80})["']/.exec(inner)?.[1];
  return id === undefined ? { kind, name, text } : { kind, name, id, text };
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&amp;', '&'],
  ['&quot;', '"'],
  ['&apos;', "'"],
]);

function withoutEntities(text: string): string {
  return text.includes('&')
    ? text.replace(/&(?:lt|gt|amp|quot|apos);/g, (entity) => ENTITIES.get(entity) ?? entity)
    : text;
}
