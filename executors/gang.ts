/** What the ranks of a workload are told: where they meet, where each run writes, and that one is to make room. */
export { MasterPorts } from './gang/master-ports.ts';
export { type Notice, noticeText, writeNotice } from './gang/notice.ts';
export { NoticeBoard } from './gang/notice-board.ts';
export { type NoticeDoor, type NoticeDoorPlace, openNoticeDoor } from './gang/notice-door.ts';
export { type OutputFolders, prepareOutputFolders, resultFolder } from './gang/output-folders.ts';
export { cardsSeenBy, type GangMember, type Rendezvous, rankEnvironment } from './gang/rank-environment.ts';
export { rankFunctions, rankFunctionsPath } from './gang/rank-functions.ts';
