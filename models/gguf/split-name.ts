const SPLIT = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;
/** llama-gguf-split writes at most so many parts: its numbers have five digits. A model of more than this is refused. */
const PARTS_MAX = 1000;

/**
 * The names of all parts of a model in several files, in order, from the name or path of any (`x-00002-of-00003.gguf`, as
 * llama-gguf-split writes them); the name alone where it is no part.
 */
export function splitSiblings(name: string): readonly string[] {
  const [, prefix, , total] = SPLIT.exec(name) ?? [];
  const partCount = Number(total ?? 0);
  if (prefix === undefined || partCount < 2 || partCount > PARTS_MAX) return [name];
  const digits = (number: number) => String(number).padStart(5, '0');
  return Array.from({ length: partCount }, (_, index) => `${prefix}-${digits(index + 1)}-of-${digits(partCount)}.gguf`);
}

/** A file's name without its ending and without the number of its part. */
export function splitStem(name: string): string {
  return (SPLIT.exec(name)?.[1] ?? name).replace(/\.gguf$/i, '');
}
