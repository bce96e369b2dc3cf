/** The fleet that mined Ethereum in 2021, and what share of it converts under which bar. */

export { type AssessedFleet, assessFleet } from './fleet/assess-fleet.ts';
export { CHAT_TOKENS_PER_SECOND, type FleetBar, fleetBars, hardwareLadder } from './fleet/bars.ts';
export { type ClaimReading, type FleetClaim, fleetClaims } from './fleet/claims.ts';
export { fleetEntries, fleetSources } from './fleet/entries.ts';
export type { ByWeighting, FleetEntry, FleetTrust, FleetVram, FleetVrams, WeightingName } from './fleet/entry.ts';
export { fitOf, type GradedFleetCard, type GradedFleetEntry, type SpeedEnd } from './fleet/graded.ts';
export { type MarketplaceRule, marketplaceRules } from './fleet/marketplaces.ts';
export { type BarShare, barShare, type FleetShare, type PercentRange, weightingNames } from './fleet/shares.ts';
