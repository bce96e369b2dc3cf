/** A farm of Slurm: made on its head, joined and left by its rigs. Linux, as root. */
export { admitRig } from './farm/admit-rig.ts';
export { farmExecutorOptions } from './farm/farm-executor.ts';
export { farmFolderOf, loadFarm, loadMadeFarm } from './farm/farm-folder.ts';
export type { FarmRecord, KeptRig } from './farm/farm-record.ts';
export { type FarmStanding, farmStanding } from './farm/farm-standing.ts';
export type { FarmFault, FarmFaultCode } from './farm/faults.ts';
export { type JoinWish, joinFarm } from './farm/join-farm.ts';
export { isFarmRig, type JoinedRig } from './farm/joined-rig.ts';
export { type LeaveWish, leaveFarm } from './farm/leave-farm.ts';
export {
  DOOR_PORT,
  type FarmMade,
  type FarmPlan,
  type FarmWish,
  isNothingToDo,
  makeFarm,
  planFarm,
  startFarm,
  stopFarm,
} from './farm/make-farm.ts';
export { type MadeToken, makeToken } from './farm/make-token.ts';
export { type FarmDoor, type FarmDoorOptions, openFarmDoor } from './farm/open-farm-door.ts';
export type { NamedCard } from './farm/own-rig.ts';
export type { PartStanding } from './farm/part.ts';
export type { FileChange, PlannedFile } from './farm/planned-file.ts';
export { removeRig } from './farm/release-rig.ts';
export { partStanding } from './farm/run-parts.ts';
