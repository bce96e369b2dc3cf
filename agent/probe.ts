/** Reads what this machine has: processor, memory, disks, cards. It changes nothing and needs no privilege. */

export type { ProbeFault, ProbeFaultCode } from './probe/faults.ts';
export { type ProbeOptions, probeMachine } from './probe/probe-machine.ts';
export type {
  CardSlot,
  DataFolderReport,
  Display,
  MachineDisk,
  MemoryReport,
  ProbeReport,
  ProcessorReport,
} from './probe/report.ts';
export { type RunTool, runTool, type ToolResult } from './probe/run-tool.ts';
