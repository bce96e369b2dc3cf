import type { FormatName } from './sighting.ts';

/** What a figure is about: sources differ in what they know best. */
export type TrustSubject = 'name' | 'pci' | 'driver';

type Trust = Readonly<Record<TrustSubject, number>>;

/** The driver of the card itself speaks. */
const driverTool: Trust = { name: 5, pci: 3, driver: 5 };
/** A rig's agent, which asked the driver's tools and wrote their answers down. */
const agent: Trust = { name: 4, pci: 2, driver: 4 };
/** A program that uses the card through OpenCL or CUDA: it knows its name, and of VRAM what it may use. */
const program: Trust = { name: 2, pci: 1, driver: 2 };
/** The bus itself: ids are read from the card, while names are a list's and VRAM is unknown to it. */
const bus: Trust = { name: 1, pci: 6, driver: 1 };
/** What a person wrote down. */
const operator: Trust = { name: 3, pci: 2, driver: 3 };

/**
 * Whom to believe where sources differ, by subject; the higher is taken, and of equal ones the newer. ROCm's tools name
 * a whole family ("Navi 22 [Radeon RX 6700/6700 XT/…]") where HiveOS and miners name the card, and nvidia-smi's table cuts
 * long names. Formats that are not here are of miners and benchmarks.
 */
const trusts: Readonly<Partial<Record<FormatName, Trust>>> = {
  'nvidia-smi-xml': { ...driverTool, pci: 5 },
  'nvidia-smi-query': { ...driverTool, pci: 4 },
  'nvidia-smi-csv': driverTool,
  'nvidia-smi-table': { ...driverTool, name: 3 },
  'nvidia-smi-list': driverTool,
  'report-table': program,
  'rocm-smi-json': { ...driverTool, name: 2 },
  'amd-smi-json': { ...driverTool, name: 4 },
  'rerig-probe': { ...driverTool, name: 4 },
  'hiveos-hello': agent,
  'hiveos-stats': agent,
  'hiveos-api': agent,
  'hiveos-detect': agent,
  'hiveos-gpu-stats': agent,
  'hiveos-oc-log': agent,
  lspci: bus,
  'rerig-csv': operator,
};

/** How far a format is believed on a subject: the higher, the more. */
export function trustOf(format: FormatName, subject: TrustSubject): number {
  return (trusts[format] ?? program)[subject];
}
