/** Thrown inside the reading of a schema, where a model can't be held to what it says; it leaves the room as a Fault. */
export class SchemaRefusal extends Error {
  /** Where, from the schema's own top: `properties.age`; empty for the top itself. */
  readonly place: string;
  /** One sentence. */
  readonly why: string;

  constructor(place: string, why: string, options?: ErrorOptions) {
    super(`${place}: ${why}`, options);
    this.name = 'SchemaRefusal';
    this.place = place;
    this.why = why;
  }
}
