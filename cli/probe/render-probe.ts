import type { CardSlot, ProbeReport } from '@rerig/agent/probe';
import type { PcieLink } from '@rerig/domain/cards';
import type { Cpu, ObservedCard } from '@rerig/domain/inventory';
import { formatBytes } from '@rerig/domain/quantity';
import { wrap } from '../terminal.ts';
import { modelNamesOf } from './probe-document.ts';

/** How wide the names of the lines are. */
const LABEL_COLUMNS = 12;

/** Writes a probe for a person, in at most `columnCount` columns (40 and more). Ends in a new line. */
export function renderProbe(report: ProbeReport, columnCount: number): string {
  const { rig, disks, dataFolder, displays, slots, faults } = report;
  const { host } = rig;
  const drivers = [
    ...(host.nvidiaDriverVersion === undefined ? [] : [`NVIDIA ${host.nvidiaDriverVersion}`]),
    ...(host.amdDriverVersion === undefined ? [] : [`AMD ${host.amdDriverVersion}`]),
  ];
  const board = host.board === undefined ? [] : [`${host.board.manufacturer ?? ''} ${host.board.product}`.trim()];
  const entries: readonly (readonly [string, readonly string[]])[] = [
    ['rig', [`${rig.name} (${rig.rigId})`]],
    ['board', board],
    ['virtual', host.virtualMachine === undefined ? [] : [`a virtual machine: ${host.virtualMachine}`]],
    ['kernel', host.kernel === undefined ? [] : [host.kernel]],
    ['drivers', drivers.length === 0 ? [] : [drivers.join(', ')]],
    ['processor', [processorText(host.cpu, report)]],
    ['memory', [memoryText(report)]],
    ['disks', disks.map(diskText)],
    ['data', dataFolder === undefined ? [] : [`${formatBytes(dataFolder.freeBytes)} free in ${dataFolder.path}`]],
    ['cards', rig.cards.map((card) => cardText(card, slots))],
    ['displays', displays.map(({ busId, name, why }) => `${busId} ${name}, no card. ${why}`)],
    ['faults', faults.map(({ what, why, mend }) => `${what} ${why} ${mend}`)],
  ];
  return entries.flatMap(([label, texts]) => entryLines(label, texts, columnCount)).join('');
}

function entryLines(label: string, texts: readonly string[], columnCount: number): readonly string[] {
  const lines = texts.flatMap((text) =>
    // Names come from firmware and drivers: what is no letter must not reach the terminal.
    wrap(text.replace(/[\p{Cc}\p{Cf}]/gu, ' '), columnCount - LABEL_COLUMNS - 2).flatMap((line, index) =>
      cut(line, columnCount - LABEL_COLUMNS - 2).map((piece, cutIndex) =>
        index + cutIndex === 0 ? piece : `  ${piece}`,
      ),
    ),
  );
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_COLUMNS)}${line}\n`);
}

/** A word that is wider than a line, as a long path, goes on in the next. */
function cut(line: string, width: number): readonly string[] {
  return line.length <= width ? [line] : [line.slice(0, width), ...cut(line.slice(width), width)];
}

function processorText(cpu: Cpu | undefined, { processor }: ProbeReport): string {
  if (cpu === undefined) return 'not known';
  const vectors: Readonly<Record<Cpu['vectorExtension'], string>> = {
    none: processor.hasSse42 === false ? 'no SSE4.2: no model runs on it' : 'no AVX',
    avx: 'AVX, no AVX2',
    avx2: 'AVX2',
    'avx-512': 'AVX-512',
    unknown: 'vector instructions not known',
  };
  return list([
    cpu.modelName,
    cpu.coreCount === undefined ? undefined : counted(cpu.coreCount, 'core'),
    processor.threadCount === undefined ? undefined : counted(processor.threadCount, 'thread'),
    vectors[cpu.vectorExtension],
  ]);
}

function memoryText({ memory: { totalBytes, availableBytes, limitBytes } }: ProbeReport): string {
  if (totalBytes === undefined) return 'not known';
  return list([
    formatBytes(totalBytes),
    limitBytes === undefined ? undefined : `of which we may use ${formatBytes(limitBytes)}`,
    availableBytes === undefined ? undefined : `${formatBytes(availableBytes)} available`,
  ]);
}

function diskText({
  name,
  modelName,
  bytes,
  attachment,
  isRotational,
  isRemovable,
}: ProbeReport['disks'][number]): string {
  return list([
    modelName === name ? name : `${name} ${modelName}`,
    bytes === undefined ? undefined : formatBytes(bytes),
    attachment === 'unknown' ? undefined : { usb: 'USB', sata: 'SATA', nvme: 'NVMe', virtual: 'virtual' }[attachment],
    isRotational === undefined || attachment === 'usb' ? undefined : isRotational ? 'turning' : 'solid state',
    isRemovable === true ? 'removable' : undefined,
  ]);
}

function cardText(card: ObservedCard, slots: readonly CardSlot[]): string {
  const models = modelNamesOf(card);
  const slot = slots.find(({ cardId }) => cardId === card.cardId);
  const name = models.length > 0 ? models.join(' or ') : (card.name ?? `unknown card ${card.pciId ?? ''}`.trim());
  const { reading } = card;
  return list([
    `${card.busId ?? card.kind} ${card.boardMaker === undefined ? '' : `${card.boardMaker} `}${name}`,
    card.vramBytes === undefined ? undefined : `${formatBytes(card.vramBytes)}${card.kind === 'cpu' ? ' of RAM' : ''}`,
    linkText(card.pcieLink, slot?.linkMost),
    slot?.driver,
    reading?.temperatureCelsius === undefined ? undefined : `${reading.temperatureCelsius} °C`,
    reading?.memoryTemperatureCelsius === undefined ? undefined : `memory ${reading.memoryTemperatureCelsius} °C`,
    reading?.powerWatts === undefined ? undefined : `${Math.round(reading.powerWatts)} W`,
    reading?.fanPercent === undefined ? undefined : `fan ${reading.fanPercent} %`,
  ]);
}

function linkText(now: PcieLink | undefined, most: PcieLink | undefined): string | undefined {
  if (now === undefined) return undefined;
  const text = `PCIe ${now.generation} x${now.laneCount}`;
  return most === undefined ? text : `${text} (the card: ${most.generation} x${most.laneCount})`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function list(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ');
}
