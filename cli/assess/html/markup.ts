/** Markup that may stand in a page as it is. */
export interface Markup {
  readonly kind: 'markup';
  readonly text: string;
}

/** What may be put into a template: text and numbers are escaped, markup stays, lists are joined, nothing is nothing. */
export type Content = string | number | Markup | undefined | readonly Content[];

/** A template whose values are escaped: what a file says can be no markup, within an attribute or without. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = strings.map((fixed, index) => fixed + (index < values.length ? written(values[index]) : ''));
  return trusted(parts.join(''));
}

/** Text that is known to be markup: of ours, or of a library that escapes what it is given. */
export function trusted(text: string): Markup {
  return { kind: 'markup', text };
}

function written(value: Content): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return isMarkup(value) ? value.text : value.map(written).join('');
}

function isMarkup(value: Markup | readonly Content[]): value is Markup {
  return 'kind' in value;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
