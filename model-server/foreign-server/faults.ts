import { type Fault, faultMaker } from '@rerig/domain/fault';

const RETRIES = {
  wrong_options: 'after-mend',
  no_free_port: 'later',
  command_not_started: 'after-mend',
  command_ended: 'later',
  server_not_ready: 'later',
  server_unhealthy: 'later',
  model_not_served: 'after-mend',
} as const;

/** The closed table of the room's fault codes. */
export type ForeignFaultCode = keyof typeof RETRIES;
export type ForeignFault = Fault<ForeignFaultCode>;

/** Makes a fault of this room; `retry` comes from the table. */
export const foreignFault = faultMaker<ForeignFaultCode>(RETRIES);
