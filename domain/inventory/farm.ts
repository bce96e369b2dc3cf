import type { PcieLink, RouteName, Vendor } from '../cards.ts';
import type { Bytes } from '../quantity.ts';

/** One operator's rigs, as known from messages of rig tools or from live agents. What is not known is absent. */
export interface Farm {
  readonly rigs: readonly Rig[];
}

/** One machine and its cards. */
export interface Rig {
  /** Stable: `hive-4` for the rig 4 of HiveOS; else from its own name or the file's. */
  readonly rigId: string;
  /** For people: `rig 4`. */
  readonly name: string;
  /** `agent`: a live agent runs on it; `hiveos`: read from HiveOS's messages or API; `files`: from rig tools' output. */
  readonly source: 'agent' | 'hiveos' | 'files';
  readonly host: Host;
  readonly cards: readonly ObservedCard[];
  /** Where sources say different things; the newest was taken. */
  readonly contradictions: readonly Contradiction[];
  /** When the newest of its sources was written, in that source's own words and time zone. */
  readonly observedAt?: string;
}

/** What a rig has besides cards. */
export interface Host {
  readonly cpu?: Cpu;
  readonly ram?: Ram;
  readonly board?: Board;
  readonly disks?: readonly Disk[];
  /** What is left on the disk of the system; models lie there where nothing else is said. */
  readonly freeDiskBytes?: Bytes;
  /** `470.63.01`. */
  readonly nvidiaDriverVersion?: string;
  readonly amdDriverVersion?: string;
  readonly kernel?: string;
  /** The name of graphics built into the processor or the board: not a card. */
  readonly integratedGraphicsName?: string;
  /** The product that makes the machine virtual: `VirtualBox`. */
  readonly virtualMachine?: string;
  /** `12.4`: the newest CUDA that the driver carries. */
  readonly cudaVersion?: string;
  readonly hostName?: string;
  /** From rig to internet, as measured or as the operator says. */
  readonly uplinkBytesPerSecond?: number;
}

/** A rig's processor. */
export interface Cpu {
  readonly modelName: string;
  readonly coreCount?: number;
  readonly hasAes?: boolean;
  /** The widest vector instructions, told by the model's name or by the machine itself. */
  readonly vectorExtension: VectorExtension;
}

/** The widest vector instructions of a processor; `none`: SSE only. Each includes those before it. */
export type VectorExtension = 'none' | 'avx' | 'avx2' | 'avx-512' | 'unknown';

/** Memory of a rig, always with how it is known. */
export interface Ram {
  readonly bytes: Bytes;
  /** `reported` by the machine, or what `typical-of-board` machines of this board have. */
  readonly basis: 'reported' | 'typical-of-board';
  /** Where from, in words that a person can check. */
  readonly source: string;
}

/** A rig's motherboard. */
export interface Board {
  readonly manufacturer?: string;
  readonly product: string;
  readonly bios?: string;
}

/** A rig's disk. */
export interface Disk {
  readonly modelName: string;
  readonly bytes?: Bytes;
  /** `unknown` where its name does not tell. */
  readonly attachment: 'usb' | 'sata' | 'nvme' | 'virtual' | 'unknown';
}

/** A card as seen on a rig; of kind `cpu`, the rig's own processor, whose "VRAM" is the RAM that it may use. */
export interface ObservedCard {
  /** Stable: `hive-4/02:00.0`. */
  readonly cardId: string;
  readonly kind: 'gpu' | 'cpu';
  /** PCI bus, device and function in hexadecimal: `0a:00.0`. */
  readonly busId?: string;
  readonly name?: string;
  readonly vendor?: Vendor;
  /** Who built the board around the chip: `Sapphire`. */
  readonly boardMaker?: string;
  /** `vvvv:dddd` in lower case. */
  readonly pciId?: string;
  /** The board's own id, `vvvv:dddd` in lower case, and the PCI revision, `e7`: both tell models that share a PCI id. */
  readonly subsystemId?: string;
  readonly pciRevision?: string;
  readonly serial?: string;
  /** Of memory that the host can address through the bus. */
  readonly bar1Bytes?: Bytes;
  readonly isEccOn?: boolean;
  /** As the driver reports it: some less than what the card was sold with. */
  readonly vramBytes?: Bytes;
  readonly memoryMaker?: string;
  readonly vbios?: string;
  /** The kernel's driver that has it now: `nvidia`, `nouveau`, `amdgpu`, `vfio-pci`. */
  readonly kernelDriver?: string;
  readonly uuid?: string;
  readonly powerLimitWatts?: PowerLimit;
  /** The link as negotiated now, riser included; idle cards lower the generation to save power. */
  readonly pcieLink?: PcieLink;
  /** The widest and fastest link that this card could have in this slot, as the driver tells. */
  readonly pcieLinkMost?: PcieLink;
  readonly reading?: Reading;
  /** What benchmarks measured on this very card. */
  readonly measurements?: readonly Measurement[];
}

/** What a benchmark measured on one card. */
export type Measurement =
  | {
      readonly kind: 'compute';
      readonly precision: 'fp64' | 'fp32' | 'fp16' | 'int64' | 'int32' | 'int16' | 'int8';
      /** In 10¹² operations a second. */
      readonly teraOperationsPerSecond: number;
      readonly source: string;
    }
  | {
      readonly kind: 'memory-bandwidth';
      readonly bytesPerSecond: number;
      readonly source: string;
    }
  | {
      /** Between host and card, over its link. */
      readonly kind: 'link-bandwidth';
      readonly direction: 'to-card' | 'from-card' | 'both';
      readonly bytesPerSecond: number;
      readonly source: string;
    }
  | {
      /** A language model's speed, as llama-bench's `pp512` and `tg128` have it, one stream. */
      readonly kind: 'tokens';
      readonly phase: 'prompt' | 'generate';
      readonly tokensPerSecond: number;
      /** As printed: `llama 7B Q4_0`. */
      readonly modelName: string;
      readonly parameterCount?: number;
      readonly weightsBytes?: Bytes;
      readonly routeName?: RouteName;
      readonly source: string;
    };

/** The limits between which a card's power may be set, in watts. */
export interface PowerLimit {
  readonly least?: number;
  readonly shipped?: number;
  readonly most?: number;
}

/** What a card's sensors said at one moment. */
export interface Reading {
  readonly temperatureCelsius?: number;
  readonly memoryTemperatureCelsius?: number;
  /** 0 to 100; 0 is a fan that stands. */
  readonly fanPercent?: number;
  /** The hottest point of the chip, where the driver tells it apart from the edge. */
  readonly hotSpotCelsius?: number;
  readonly powerWatts?: number;
  /** The limit in force now. */
  readonly powerLimitWatts?: number;
  readonly coreClockMhz?: number;
  readonly memoryClockMhz?: number;
  /** The clock at which an owner holds the core, whatever the load. */
  readonly lockedCoreClockMhz?: number;
  /** What an owner set on top of the shipped clocks; leftovers of mining are told by it. */
  readonly coreClockOffsetMhz?: number;
  readonly memoryClockOffsetMhz?: number;
  /** Why the clock is held down now, in the tool's words: `sw_power_cap`, `hw_thermal_slowdown`. */
  readonly throttleReasons?: readonly string[];
  /** 0 to 100. */
  readonly utilizationPercent?: number;
  readonly usedVramBytes?: Bytes;
  /** ECC errors since they were last cleared. */
  readonly eccCorrectedCount?: number;
  readonly eccUncorrectedCount?: number;
  /** Memory pages or rows taken out of use for errors; `isRetirementPending`: more at the next reset. */
  readonly retiredPageCount?: number;
  readonly isRetirementPending?: boolean;
  /** Packets that the PCIe link had to send again. */
  readonly pcieReplayCount?: number;
  /** NVIDIA's driver errors, by number. */
  readonly xidCodes?: readonly number[];
  /** Shares that the miner computed wrongly. */
  readonly invalidShareCount?: number;
  readonly hashesPerSecond?: number;
  /** What it mined: `ethash`. */
  readonly algorithm?: string;
  readonly observedAt?: string;
}

/** Sources that say different things of one rig: every value that was seen, with where, and which one was taken. */
export interface Contradiction {
  readonly subject: 'ram' | 'cards' | 'cpu' | 'board' | 'driver' | 'card';
  /** The card that it is about, for `card`. */
  readonly cardId?: string;
  /** What of it differs: `VRAM`, `name`. */
  readonly aspect?: string;
  readonly taken: Statement;
  readonly others: readonly Statement[];
}

/** What one source says. */
export interface Statement {
  /** With its unit: `3821 MB`. */
  readonly text: string;
  /** The file's name and the source's own time: `stats.json, 2022-05-23 20:59:59`. */
  readonly source: string;
}
