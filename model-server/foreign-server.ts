/** Other OpenAI-compatible servers as replicas: watched at an address, or started by a command. */
export type { ForeignFault, ForeignFaultCode } from './foreign-server/faults.ts';
export {
  FOREIGN_SERVER_HELP,
  type ForeignServerOptions,
  parseForeignServerArguments,
} from './foreign-server/options.ts';
export {
  type ForeignServerEvent,
  type ForeignServerStreams,
  serveForeignServer,
} from './foreign-server/serve-foreign.ts';
