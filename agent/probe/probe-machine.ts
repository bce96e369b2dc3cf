import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import type { Host, ObservedCard, Rig } from '@rerig/domain/inventory';
import { GIB } from '@rerig/domain/quantity';
import { probeBoard } from './board.ts';
import { type ProbedCards, probeCards } from './cards.ts';
import { probeDataFolder, probeDisks } from './disks.ts';
import { type ProbeFault, probeFault } from './faults.ts';
import { known } from './known.ts';
import { readText } from './machine-files.ts';
import { probeMemory } from './memory.ts';
import { type ProbedProcessor, probeProcessor } from './processor.ts';
import type { MachineDisk, MemoryReport, ProbeReport } from './report.ts';
import { type RunTool, runTool } from './run-tool.ts';

/** Where a machine is read. All may be left out: it is this machine then. */
export interface ProbeOptions {
  /** `/sys`, or a folder that is like it. */
  readonly sys?: string;
  /** `/proc`, or a folder that is like it. */
  readonly proc?: string;
  /** `/etc`, or a folder that is like it. */
  readonly etc?: string;
  /** Runs vendors' tools. */
  readonly run?: RunTool;
  /** The folder whose free space is told. */
  readonly dataFolder?: string;
  readonly now?: () => Date;
  /** When the processor is offered as a card of kind `cpu`: `without-cards` where absent. */
  readonly offersProcessor?: 'without-cards' | 'always';
}

/** RAM that a model on the processor must leave: to the system and our own processes, of which 300 MB are ours at most. */
const KEPT_RAM_BYTES = GIB;

/**
 * Reads what this machine has. It never throws and never waits more than some seconds: what can't be read is absent,
 * and where that matters a fault says so. Where no card is found, or where it is asked for, the processor is offered as
 * a card of kind `cpu`.
 */
export async function probeMachine(options: ProbeOptions = {}): Promise<ProbeReport> {
  const { sys = '/sys', proc = '/proc', etc = '/etc', run = runTool, now = () => new Date() } = options;
  const name = (await readText(join(proc, 'sys/kernel/hostname'))) ?? 'this machine';
  const rigId = await rigIdOf(etc, name);
  const [processor, memory, disks, probed, kernel, amdDriverVersion, dataFolder] = await Promise.all([
    probeProcessor(sys, proc),
    probeMemory(sys, proc),
    probeDisks(sys),
    probeCards(sys, proc, run, rigId),
    readText(join(proc, 'sys/kernel/osrelease')),
    readText(join(sys, 'module/amdgpu/version')),
    options.dataFolder === undefined ? undefined : probeDataFolder(options.dataFolder),
  ]);
  const { board, virtualMachine } = await probeBoard(sys, processor.isVirtual);
  const probedAt = now().toISOString();
  const host = hostOf(processor, memory, disks, probed, { board, virtualMachine, kernel, amdDriverVersion });
  const rig: Rig = {
    rigId,
    name,
    source: 'agent',
    host,
    cards: cardsOf(rigId, probed, host, options.offersProcessor ?? 'without-cards'),
    contradictions: [],
    observedAt: probedAt,
  };
  const isFolderUnread = isFault(dataFolder);
  return known({
    rig,
    processor: processor.processor,
    memory,
    disks,
    dataFolder: isFolderUnread ? undefined : dataFolder,
    displays: probed.displays,
    slots: probed.slots,
    faults: [...probed.faults, ...(isFolderUnread ? [dataFolder] : []), ...unreadable(processor, memory, proc)],
    probedAt,
  });
}

/**
 * Stable over restarts: made from the system's own machine id, which it does not give away (machine-id(5) asks for
 * that). Rigs that were copied from one image share it until it is made anew.
 */
async function rigIdOf(etc: string, name: string): Promise<string> {
  const machineId = await readText(join(etc, 'machine-id'));
  const source = machineId === undefined || machineId === '' ? `host ${name}` : `machine ${machineId}`;
  return `rig-${createHash('sha256').update(`rerig ${source}`).digest('hex').slice(0, 12)}`;
}

interface Machine {
  readonly board: Host['board'];
  readonly virtualMachine: string | undefined;
  readonly kernel: string | undefined;
  readonly amdDriverVersion: string | undefined;
}

function hostOf(
  { cpu }: ProbedProcessor,
  { totalBytes, limitBytes }: MemoryReport,
  disks: readonly MachineDisk[],
  { displays, nvidiaDriverVersion }: ProbedCards,
  machine: Machine,
): Host {
  const isLimited = limitBytes !== undefined;
  const bytes = limitBytes ?? totalBytes;
  const source = isLimited ? 'the limit of our control group, below /sys/fs/cgroup' : 'MemTotal in /proc/meminfo';
  return known({
    cpu,
    ram: bytes === undefined ? undefined : { bytes, basis: 'reported' as const, source },
    disks: disks.map(({ modelName, bytes: diskBytes, attachment }) =>
      known({ modelName, bytes: diskBytes, attachment }),
    ),
    nvidiaDriverVersion,
    integratedGraphicsName: displays[0]?.name,
    ...machine,
  });
}

function cardsOf(
  rigId: string,
  { cards }: ProbedCards,
  { cpu, ram }: Host,
  offersProcessor: NonNullable<ProbeOptions['offersProcessor']>,
): readonly ObservedCard[] {
  if (cards.length > 0 && offersProcessor === 'without-cards') return cards;
  const vramBytes = ram === undefined ? undefined : Math.max(0, ram.bytes - KEPT_RAM_BYTES);
  const name = cpu?.modelName ?? 'processor';
  return [...cards, known({ cardId: `${rigId}/cpu`, kind: 'cpu' as const, name, vramBytes })];
}

function unreadable({ cpu }: ProbedProcessor, { totalBytes }: MemoryReport, proc: string): readonly ProbeFault[] {
  const missing = [...(cpu === undefined ? ['cpuinfo'] : []), ...(totalBytes === undefined ? ['meminfo'] : [])];
  return missing.map((file) =>
    probeFault('machine-unreadable', {
      what: `What this machine has is not wholly known.`,
      why: `${join(proc, file)} can’t be read, or is not as Linux writes it on a PC.`,
      mend: 'Run it on Linux, where /proc and /sys are there.',
    }),
  );
}
