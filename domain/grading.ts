/** What cards can do: which reference workloads fit, by which route, with what grade, and what is wrong or limiting. */

export { gradeCard, gradeFarm, gradeRig } from './grading/assess.ts';
export type { AssessedCard, AssessedFarm, AssessedRig, AssessedVram, Totals } from './grading/assessed.ts';
export { driverMajorOf } from './grading/driver-findings.ts';
export type { Evidence } from './grading/evidence.ts';
export { type FarmFindingOptions, farmFindings } from './grading/farm-findings.ts';
export type { Finding, MendGain } from './grading/finding.ts';
export { type FindingCode, findingCodes } from './grading/finding-codes.ts';
export type { FindingMeaning, MendCost, MendKind, Severity } from './grading/finding-meaning.ts';
export { findingsPage } from './grading/findings-page.ts';
export { type VramNeed, vramNeedOf, type WorkloadFit, workloadFits } from './grading/fit.ts';
export { type Grade, type GradeBasis, gradeMeanings, gradeOf } from './grading/grade.ts';
export { linkBytesPerSecond, measuredLinkBytesPerSecond } from './grading/link-findings.ts';
export { mendCosts } from './grading/mend-cost.ts';
export {
  MOST_WEIGHTS_BYTES,
  type PredictAnswer,
  type PredictFaultCode,
  type PredictRequest,
  predict,
  predictFault,
} from './grading/predict.ts';
export { parseQuantization, type Quantization, type QuantizationClass } from './grading/quantization.ts';
export {
  type ChatWorkload,
  type OtherWorkload,
  type ReferenceWorkload,
  referenceWorkloads,
  standardWorkloads,
} from './grading/reference-workloads.ts';
export type { Interval, MeasuredSpeedRow, ModelSpeed, SpeedFit, SpeedSpread, SpreadClass } from './grading/speed.ts';
export { type SpeedCard, type SpeedRoute, speedArchitectureOf, speedCardOf } from './grading/speed-card.ts';
export {
  logGenerateSpeed,
  logPromptSpeed,
  type SpeedCase,
  type SpeedCoefficients,
  type SpeedConditions,
  type SpeedRequest,
  spreadClassOf,
} from './grading/speed-formula.ts';
export { generateTerms, promptTerms, type SpeedTerm } from './grading/speed-terms.ts';
export { totalsOf } from './grading/totals.ts';
