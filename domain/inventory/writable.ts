/** Data while it is being made: a parser's place in its text, a card that grows line by line. */
export type Writable<Data> = { -readonly [Key in keyof Data]: Data[Key] };
