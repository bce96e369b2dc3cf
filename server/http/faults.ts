import { type FaultTable, faultMaker } from '@rerig/domain/fault';

/** Every refusal of the HTTP rim itself. */
export type HttpFaultCode =
  | 'http-port-taken'
  | 'http-host-refused'
  | 'http-unknown-path'
  | 'http-console-missing'
  | 'http-broken'
  | 'http-request-late'
  | 'http-headers-too-large'
  | 'http-not-http'
  | 'http-too-many-watchers';

const table: FaultTable<HttpFaultCode> = {
  'http-port-taken': 'after-mend',
  'http-host-refused': 'never',
  'http-unknown-path': 'never',
  'http-console-missing': 'after-mend',
  'http-broken': 'later',
  'http-request-late': 'later',
  'http-headers-too-large': 'after-mend',
  'http-not-http': 'after-mend',
  'http-too-many-watchers': 'later',
};

/** Makes a fault of the HTTP rim. */
export const httpFault = faultMaker(table);
