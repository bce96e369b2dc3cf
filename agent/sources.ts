/** Live sources of rigs: what their own tools or HiveOS say now, as files for `readInventory`. */
export type { SourceFault, SourceFaultCode } from './sources/faults.ts';
export { HIVEOS_URL, type HiveSourceOptions, hiveSource } from './sources/hive-source.ts';
export type { RigSource, SourceProgress, SourceRead, TellProgress } from './sources/port.ts';
export { parseRigList, type RigAddress } from './sources/rig-list.ts';
export { type SshSourceOptions, sshSource } from './sources/ssh-source.ts';
