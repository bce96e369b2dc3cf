/** The same fields, where those that may be undefined may be absent instead. */
export type Known<Fields> = {
  readonly [Key in keyof Fields as undefined extends Fields[Key] ? never : Key]: Fields[Key];
} & { readonly [Key in keyof Fields as undefined extends Fields[Key] ? Key : never]?: Exclude<Fields[Key], undefined> };

/** An object without its undefined fields: what is not known is absent. */
export function known<Fields extends object>(fields: Fields): Known<Fields> {
  return parseKnown<Fields>(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
}

function parseKnown<Fields>(fields: unknown): Known<Fields> {
  return fields as Known<Fields>;
}
