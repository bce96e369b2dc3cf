/** The agent's door for this user's commands: HTTP on a unix socket, by which workloads are started, listed and stopped. */

export type { DoorOptions } from './door/door-options.ts';
export type { DoorFault, DoorFaultCode } from './door/faults.ts';
export { type Door, openDoor } from './door/open-door.ts';
