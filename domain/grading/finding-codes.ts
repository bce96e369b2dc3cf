import { cardFaultFindingCodes } from './card-fault-finding-codes.ts';
import { cardFindingCodes } from './card-finding-codes.ts';
import type { FindingMeaning } from './finding-meaning.ts';
import { farmFindingCodes, rigFindingCodes } from './rig-finding-codes.ts';

const codes = { ...cardFindingCodes, ...cardFaultFindingCodes, ...rigFindingCodes, ...farmFindingCodes };

/** Every code of a finding. */
export type FindingCode = keyof typeof codes;

/** The closed table of findings: each code with what it means, when it is found and what mends it. */
export const findingCodes: Readonly<Record<FindingCode, FindingMeaning>> = codes;
