/** Fields without those that are undefined: what a file leaves out is absent. */
export function present<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return parsePresent(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
}

function parsePresent<Fields>(fields: unknown): Fields {
  return fields as Fields;
}
