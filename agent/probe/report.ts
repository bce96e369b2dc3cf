import type { PcieLink } from '@rerig/domain/cards';
import type { Disk, Rig } from '@rerig/domain/inventory';
import type { Bytes } from '@rerig/domain/quantity';
import type { ProbeFault } from './faults.ts';

/** What a machine has. `rig` is what the exchange is told; the rest is more than an inventory knows. */
export interface ProbeReport {
  readonly rig: Rig;
  readonly processor: ProcessorReport;
  readonly memory: MemoryReport;
  readonly disks: readonly MachineDisk[];
  /** Free space where Rerig keeps its data; absent where the folder can't be asked. */
  readonly dataFolder?: DataFolderReport;
  /** Graphics that no work is given to: built into a processor or a board, or drawn by a hypervisor. */
  readonly displays: readonly Display[];
  /** The slot of each card that sits in one. */
  readonly slots: readonly CardSlot[];
  /** What could not be read, and what is in the way of a card. */
  readonly faults: readonly ProbeFault[];
  /** ISO 8601. */
  readonly probedAt: string;
}

/** Where Rerig keeps its data. */
export interface DataFolderReport {
  readonly path: string;
  /** For a user without privilege. */
  readonly freeBytes: Bytes;
}

/** The processor, beyond what an inventory knows of it. */
export interface ProcessorReport {
  readonly threadCount?: number;
  /** Whether it has SSE4.2, the least that llama.cpp's builds need; absent where its flags are not known. */
  readonly hasSse42?: boolean;
}

/** Memory. `limitBytes`: what a control group (a container, a systemd slice) allows us, where that is less than all. */
export interface MemoryReport {
  readonly totalBytes?: Bytes;
  readonly availableBytes?: Bytes;
  readonly limitBytes?: Bytes;
}

/** A disk, beyond what an inventory knows of it. */
export interface MachineDisk extends Disk {
  /** As the kernel names it: `sda`. */
  readonly name: string;
  readonly isRotational?: boolean;
  readonly isRemovable?: boolean;
}

/** Graphics that are no card, with the reason. */
export interface Display {
  readonly busId: string;
  /** `vvvv:dddd` in lower case. */
  readonly pciId: string;
  readonly name: string;
  /** A sentence: why it counts as no card. */
  readonly why: string;
}

/** A card's slot and what drives it. */
export interface CardSlot {
  readonly cardId: string;
  /** Who built the board and which it is, `vvvv:dddd` in lower case. */
  readonly subsystemId?: string;
  /** In hexadecimal: `e7`. */
  readonly revision?: string;
  /** The kernel's driver: `nvidia`, `amdgpu`. Absent: none drives it. */
  readonly driver?: string;
  /** The link as it is now, at the narrowest part of its way to the processor. At rest, cards slow theirs down. */
  readonly linkNow?: PcieLink;
  /** The most that the card itself can. */
  readonly linkMost?: PcieLink;
}
