import type { Finding } from './finding.ts';
import type { Repository } from './repository.ts';
import type { Source } from './source.ts';

/** A house rule. `name` is kebab-case, and its samples stand in `tidy/samples/NAME/`. */
export interface Rule {
  readonly name: string;
  readonly why: string;
  check(repository: Repository): readonly Finding[];
}

/** Makes a rule that looks at one TypeScript file at a time; `reads` leaves files out. */
export function sourceRule(rule: {
  readonly name: string;
  readonly why: string;
  readonly reads?: (source: Source) => boolean;
  readonly checkSource: (source: Source) => readonly Finding[];
}): Rule {
  const { name, why, reads, checkSource } = rule;
  return {
    name,
    why,
    check: (repository) =>
      repository.sources.filter((source) => reads === undefined || reads(source)).flatMap(checkSource),
  };
}
