import type { Finding } from './finding.ts';

/** An exception to a rule, with its reason: for one file, or for a folder where `path` ends in `/`. */
export interface Allowance {
  readonly rule: string;
  readonly path: string;
  /** Only findings about this name or word; absent: any finding of the rule there. */
  readonly about?: string;
  readonly reason: string;
}

/** Whether an allowance covers a finding of the rule called `ruleName`. */
export function allows(allowance: Allowance, ruleName: string, finding: Finding): boolean {
  if (allowance.rule !== ruleName) return false;
  if (allowance.about !== undefined && allowance.about !== finding.about) return false;
  return allowance.path.endsWith('/') ? finding.path.startsWith(allowance.path) : finding.path === allowance.path;
}
