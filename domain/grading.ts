/** What cards can do: which reference workloads fit, by which route, with what grade, and what is wrong or limiting. */

export { gradeCard, gradeFarm, gradeRig } from './grading/assess.ts';
export type { AssessedCard, AssessedFarm, AssessedRig, AssessedVram, Evidence, Totals } from './grading/assessed.ts';
export { type FarmFindingOptions, farmFindings } from './grading/farm-findings.ts';
export type { Finding, MendGain } from './grading/finding.ts';
export { type FindingCode, findingCodes } from './grading/finding-codes.ts';
export type { FindingMeaning, MendCost, MendKind, Severity } from './grading/finding-meaning.ts';
export { findingsPage } from './grading/findings-page.ts';
export { type VramNeed, vramNeedOf, type WorkloadFit, workloadFits } from './grading/fit.ts';
export { type Grade, gradeMeanings } from './grading/grade.ts';
export { mendCosts } from './grading/mend-cost.ts';
export { type ReferenceWorkload, referenceWorkloads } from './grading/reference-workloads.ts';
export { totalsOf } from './grading/totals.ts';
