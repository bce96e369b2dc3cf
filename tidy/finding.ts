/** One place where a rule is broken: where, what was found, and what to write instead. */
export interface Finding {
  /** From the repository's root, with `/`. */
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly what: string;
  readonly instead: string;
  /** The name or word at fault, by which an allowance can be narrowed; empty where the whole file is meant. */
  readonly about: string;
}

/** A finding as one line for a person: `path:line: what → instead`. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}:${finding.line}: ${finding.what} → ${finding.instead}`;
}
