import type { FormatName, FormatRead } from './sighting.ts';

/** A format of JSON: asked of every JSON value of a file. */
export interface JsonFormat {
  readonly kind: 'json';
  readonly name: FormatName;
  /** For people: `HiveOS agent "hello"`. */
  readonly title: string;
  /** Undefined where the value is not of this format; never throws. */
  readonly read: (value: unknown, source: string) => FormatRead | undefined;
}

/** A format of plain text: asked of a whole file, of which it may find its own sections anywhere. */
export interface TextFormat {
  readonly kind: 'text';
  readonly name: FormatName;
  readonly title: string;
  /** Undefined where no part of the text is of this format; never throws, and takes time linear in the text. */
  readonly read: (text: string, source: string) => FormatRead | undefined;
}
