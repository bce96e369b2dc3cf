import type { PcieLink } from '@rerig/domain/cards';
import type { ObservedCard } from '@rerig/domain/inventory';
import { MIB } from '@rerig/domain/quantity';
import { type ProbeFault, probeFault } from './faults.ts';
import { known } from './known.ts';
import { busIdOf } from './pci.ts';
import type { RunTool, ToolResult } from './run-tool.ts';

/** What NVIDIA's own tool tells of one card. */
export interface NvidiaCard {
  readonly busId: string;
  readonly driverVersion?: string;
  readonly card: Omit<ObservedCard, 'cardId' | 'kind' | 'pcieLink'>;
  readonly link?: PcieLink;
}

/** Fields that identify a card and tell how it is. Source: nvidia-smi --help-query-gpu. */
const FIELDS = [
  'uuid',
  'name',
  'pci.bus_id',
  'memory.total',
  'driver_version',
  'temperature.gpu',
  'power.draw',
  'fan.speed',
  'pcie.link.gen.current',
  'pcie.link.width.current',
] as const;
/** Asked for as well, after those. One field that a driver does not know fails the whole query. */
const MORE_FIELDS = ['vbios_version', 'power.min_limit', 'power.default_limit', 'power.max_limit'] as const;
const ALL_FIELDS = [...FIELDS, ...MORE_FIELDS];
type Field = (typeof ALL_FIELDS)[number];

/** The longest name that is believed. */
const TEXT_CHARACTERS_MAX = 200;
/** A driver that waits for a card that fell off its bus may never answer. */
const LIMIT_MS = 5000;

/** Asks nvidia-smi for its cards. A tool that is missing, hangs or fails is a Fault beside the cards that are known. */
export async function probeNvidia(
  run: RunTool,
): Promise<{ readonly cards: readonly NvidiaCard[]; readonly fault: ProbeFault | null }> {
  const result = await queryAll(run);
  if (result.kind === 'missing') return { cards: [], fault: missing() };
  if (result.kind === 'hangs') return { cards: [], fault: hangs(result.limitMs) };
  const cards = result.stdout.split('\n').flatMap((line) => parseLine(line) ?? []);
  if (result.exitCode === 0) return { cards, fault: null };
  // It tells of the cards that answer, and exits in error for one that does not.
  return { cards, fault: failed(result.exitCode, `${result.stdout}\n${result.stderr}`) };
}

/** Asks for every field; a driver that does not know one of them is asked for fewer. */
async function queryAll(run: RunTool): Promise<ToolResult> {
  const all = await query(run, ALL_FIELDS);
  const isFieldUnknown = all.kind === 'ended' && /not a valid field/i.test(all.stdout + all.stderr);
  return isFieldUnknown ? query(run, FIELDS) : all;
}

function query(run: RunTool, fields: readonly Field[]): Promise<ToolResult> {
  return run('nvidia-smi', [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'], LIMIT_MS);
}

function parseLine(line: string): NvidiaCard | undefined {
  const values = line.split(',').map((value) => value.trim());
  if (values.length !== FIELDS.length && values.length !== ALL_FIELDS.length) return undefined;
  const text = (field: Field) => toldText(values[ALL_FIELDS.indexOf(field)]);
  const number = (field: Field) => toldNumber(text(field));
  const busId = text('pci.bus_id');
  if (busId === undefined || !/^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(busId)) return undefined;
  const mebibytes = number('memory.total');
  const limits = known({
    least: number('power.min_limit'),
    shipped: number('power.default_limit'),
    most: number('power.max_limit'),
  });
  const reading = known({
    temperatureCelsius: number('temperature.gpu'),
    fanPercent: number('fan.speed'),
    powerWatts: number('power.draw'),
  });
  return known({
    busId: busIdOf(busId),
    driverVersion: text('driver_version'),
    link: linkOf(number('pcie.link.gen.current'), number('pcie.link.width.current')),
    card: known({
      vendor: 'nvidia' as const,
      uuid: text('uuid'),
      name: text('name'),
      vramBytes: mebibytes === undefined ? undefined : mebibytes * MIB,
      vbios: text('vbios_version'),
      powerLimitWatts: isEmpty(limits) ? undefined : limits,
      reading: isEmpty(reading) ? undefined : reading,
    }),
  });
}

/** It writes `[N/A]`, `[Not Supported]`, `[Unknown Error]`, `ERR!` where it has nothing to tell. */
function toldText(value: string | undefined): string | undefined {
  const isTold = value !== undefined && value !== '' && !/^\[.*\]$|^N\/A$|^ERR!|error/i.test(value);
  return isTold ? value.slice(0, TEXT_CHARACTERS_MAX) : undefined;
}

function toldNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}

function linkOf(generation: number | undefined, laneCount: number | undefined): PcieLink | undefined {
  if (generation === undefined || laneCount === undefined) return undefined;
  const isSound = [generation, laneCount].every((count) => Number.isInteger(count) && count >= 1);
  return isSound ? { generation, laneCount } : undefined;
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}

function missing(): ProbeFault {
  return probeFault('nvidia-smi-missing', {
    what: 'NVIDIA cards can’t be told apart.',
    why: 'The tool nvidia-smi, which comes with NVIDIA’s driver, is not there.',
    mend: 'Install NVIDIA’s driver with its tools (in a container: run it with the NVIDIA runtime).',
  });
}

function hangs(limitMs: number): ProbeFault {
  return probeFault('nvidia-smi-hangs', {
    what: 'NVIDIA’s driver does not answer.',
    why: `nvidia-smi had not ended after ${limitMs} ms: most often one card has fallen off its bus.`,
    mend: 'Look for "Xid 79" in dmesg, reseat the riser and power of that card, and restart the machine.',
  });
}

function failed(exitCode: number | null, output: string): ProbeFault {
  const said = output
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && parseLine(line) === undefined);
  return probeFault('nvidia-smi-failed', {
    what: 'NVIDIA’s driver does not tell of all its cards.',
    why: `nvidia-smi ended with ${exitCode}${said === undefined ? '.' : `: ${said.slice(0, 300)}`}`,
    mend: 'See that the driver’s kernel module and its tools are of one version, and restart the machine.',
  });
}
