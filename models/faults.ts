import { type Fault, type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of the room with its answer to "is it worth retrying?". */
const RETRIES = {
  model_file_missing: 'after-mend',
  model_file_broken: 'after-mend',
  model_version_unknown: 'after-mend',
  model_not_servable: 'after-mend',
} as const satisfies FaultTable<string>;

/** The closed table of the room's fault codes. */
export type ModelFaultCode = keyof typeof RETRIES;
export type ModelFault = Fault<ModelFaultCode>;

/** Makes a fault of this room; `retry` comes from the table. */
export const modelFault = faultMaker<ModelFaultCode>(RETRIES);
