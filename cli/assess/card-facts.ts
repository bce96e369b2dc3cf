import type { CardMatch, PcieLink, VramAgreement } from '@rerig/domain/cards';
import { type AssessedCard, type Evidence, gradeMeanings } from '@rerig/domain/grading';
import type { Measurement, ObservedCard, Reading, Rig } from '@rerig/domain/inventory';
import { formatBytes } from '@rerig/domain/quantity';
import { routeTitle } from './route-text.ts';

/** Something that is known of a card: what it is, and in words. */
export type Fact = readonly [term: string, text: string];

type MaybeFact = readonly [term: string, text: string | undefined];

/** What a card is, how that was told, and how it stands in its rig; what is not known is left out but where it matters. */
export function identityFacts({ card, match, vram }: AssessedCard, rig: Rig): readonly Fact[] {
  const ids = [card.pciId, prefixed('board', card.subsystemId), prefixed('revision', card.pciRevision)];
  const board = [card.boardMaker, prefixed('VBIOS', card.vbios), prefixed('serial', card.serial)];
  return known([
    ['name', card.name === undefined ? 'no tool prints one' : `"${card.name}", as tools print it`],
    ['model', match === undefined ? 'the rig’s processor' : matchText(match)],
    ['PCI id', joined(ids)],
    ['board', joined(board)],
    ['UUID', card.uuid],
    ['rig', `${rig.name} (${rig.rigId})${rig.observedAt === undefined ? '' : `, read ${rig.observedAt}`}`],
    ['VRAM', vram === undefined ? 'not known' : vramText(vram, card)],
    ['link', card.kind === 'cpu' ? undefined : linkText(card, match)],
    ['ECC', card.isEccOn === undefined ? undefined : card.isEccOn ? 'on' : 'off'],
  ]);
}

/** What its sensors and its miner said last. */
export function readingFacts({ card }: AssessedCard): readonly Fact[] {
  const { reading, measurements = [] } = card;
  return known([
    ['reading', reading === undefined ? 'none' : joined(readingParts(reading, card))],
    ['errors', reading === undefined ? undefined : joined(errorParts(reading))],
    ...measurements.map((measurement): MaybeFact => ['measured', measurementText(measurement)]),
  ]);
}

/** By which software it is driven, until when, and what ends before. */
export function routeFacts({ route, card }: AssessedCard): readonly Fact[] {
  if (route === null) return [['route', 'none that is still supported is known for it']];
  const { driverMajorMin, driverBranchLast, toolkitLast, frameworkLast } = route;
  return known([
    ['route', `${routeTitle(route.name)}, ${route.status}`],
    ['until', route.supportedUntil ?? 'no end is announced'],
    ['driver', joined([prefixed('from', driverMajorMin?.toString()), prefixed('last branch', driverBranchLast)])],
    ['toolkit', prefixed('last', toolkitLast)],
    ['framework', prefixed('last', frameworkLast)],
    ['kernel', prefixed('now driven by', card.kernelDriver)],
    ['note', route.note],
    ['source', route.source],
  ]);
}

const evidenceWords: Readonly<Record<Evidence, string>> = {
  'measured-card': 'measured on this card',
  'measured-model': 'measured on this card model by others',
  predicted: 'predicted from specifications',
};

/** How something is known, in words. */
export function evidenceText(evidence: Evidence): string {
  return evidenceWords[evidence];
}

/** `C (predicted from specifications): serves 8B models …`. */
export function gradeText({ grade, evidence, route, match }: AssessedCard): string {
  if (grade === null && match?.kind === 'matched' && route === null)
    return 'not given: no software that is kept up drives it';
  if (grade === null) return 'not known: too little is known of it';
  return `${grade}${evidence === null ? '' : ` (${evidenceWords[evidence]})`}: ${gradeMeanings[grade]}`;
}

const vramWords: Readonly<Record<VramAgreement, string>> = {
  agrees: 'its VRAM agrees',
  smaller: 'it reports less VRAM than the model has',
  larger: 'it reports more VRAM than the model has',
  'not-observed': 'its VRAM was not read',
};

const basisWords = { 'pci-id': 'PCI id', revision: 'revision', board: 'board', name: 'name', vram: 'VRAM' } as const;

function matchText(match: CardMatch): string {
  switch (match.kind) {
    case 'matched':
      return `${match.model.name} (${match.model.architecture}), told by ${match.by.map((basis) => basisWords[basis]).join(', ')}; ${vramWords[match.vram]}`;
    case 'ambiguous':
      return `${match.models.map(({ name }) => name).join(' or ')}: ${match.why}`;
    case 'unknown':
      return `not in the catalogue: ${match.why}`;
  }
}

function vramText(
  { bytes, basis, usableBytes }: NonNullable<AssessedCard['vram']>,
  { memoryMaker }: ObservedCard,
): string {
  const parts = [
    `${formatBytes(bytes)}, ${basis === 'reported' ? 'as the driver reports it' : 'as its model was sold'}`,
    `${formatBytes(usableBytes)} of it for workloads`,
    ...(memoryMaker === undefined ? [] : [memoryMaker]),
  ];
  return parts.join('; ');
}

function linkText({ pcieLink, pcieLinkMost }: ObservedCard, match: CardMatch | undefined): string {
  const own = match?.kind === 'matched' ? match.model.pcieLink : undefined;
  const parts = [
    pcieLink === undefined ? undefined : `${linkWords(pcieLink)} now`,
    pcieLinkMost === undefined ? undefined : `${linkWords(pcieLinkMost)} at most in this slot`,
    own === undefined ? undefined : `${linkWords(own)} by its model`,
  ];
  return joined(parts) ?? 'not known';
}

function linkWords({ generation, laneCount }: PcieLink): string {
  return `PCIe gen ${generation} x${laneCount}`;
}

function readingParts(reading: Reading, { powerLimitWatts }: ObservedCard): readonly (string | undefined)[] {
  const limitWatts = reading.powerLimitWatts ?? powerLimitWatts?.shipped;
  return [
    unit(reading.temperatureCelsius, '°C'),
    prefixed('memory', unit(reading.memoryTemperatureCelsius, '°C')),
    prefixed('hot spot', unit(reading.hotSpotCelsius, '°C')),
    prefixed('fan', unit(reading.fanPercent, '%')),
    reading.powerWatts === undefined
      ? prefixed('limit', unit(limitWatts, 'W'))
      : `${unit(reading.powerWatts, 'W')}${limitWatts === undefined ? '' : ` of ${unit(limitWatts, 'W')}`}`,
    prefixed('core', unit(reading.coreClockMhz, 'MHz')),
    prefixed('memory', unit(reading.memoryClockMhz, 'MHz')),
    prefixed('core offset', unit(reading.coreClockOffsetMhz, 'MHz')),
    prefixed('memory offset', unit(reading.memoryClockOffsetMhz, 'MHz')),
    reading.hashesPerSecond === undefined
      ? undefined
      : `${hashText(reading.hashesPerSecond)}${reading.algorithm === undefined ? '' : ` of ${reading.algorithm}`}`,
    prefixed('read', reading.observedAt),
  ];
}

function errorParts(reading: Reading): readonly (string | undefined)[] {
  const counts = [
    ['ECC corrected', reading.eccCorrectedCount],
    ['ECC uncorrected', reading.eccUncorrectedCount],
    ['retired pages', reading.retiredPageCount],
    ['link replays', reading.pcieReplayCount],
    ['invalid shares', reading.invalidShareCount],
  ] as const;
  return [
    ...counts.map(([words, count]) => (count === undefined ? undefined : `${words} ${count.toLocaleString('en')}`)),
    reading.xidCodes === undefined || reading.xidCodes.length === 0 ? undefined : `XID ${reading.xidCodes.join(', ')}`,
    reading.throttleReasons === undefined || reading.throttleReasons.length === 0
      ? undefined
      : `held down by ${reading.throttleReasons.join(', ')}`,
  ];
}

const hashUnits = [
  [1e12, 'TH/s'],
  [1e9, 'GH/s'],
  [1e6, 'MH/s'],
  [1e3, 'kH/s'],
] as const;

function hashText(hashesPerSecond: number): string {
  const [size, name] = hashUnits.find(([least]) => hashesPerSecond >= least) ?? [1, 'H/s'];
  return `${Number((hashesPerSecond / size).toPrecision(4))} ${name}`;
}

function measurementText(measurement: Measurement): string {
  switch (measurement.kind) {
    case 'compute':
      return `${measurement.precision} ${measurement.teraOperationsPerSecond} × 10¹²/s (${measurement.source})`;
    case 'memory-bandwidth':
      return `memory ${perSecond(measurement.bytesPerSecond)} (${measurement.source})`;
    case 'link-bandwidth':
      return `link ${measurement.direction} ${perSecond(measurement.bytesPerSecond)} (${measurement.source})`;
    case 'tokens':
      return `${measurement.modelName}, ${measurement.phase} ${measurement.tokensPerSecond} tokens/s (${measurement.source})`;
  }
}

function perSecond(bytesPerSecond: number): string {
  return `${Number((bytesPerSecond / 1e9).toPrecision(4))} GB/s`;
}

function unit(value: number | undefined, name: string): string | undefined {
  return value === undefined ? undefined : `${Math.round(value).toLocaleString('en')} ${name}`;
}

function prefixed(words: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${words} ${text}`;
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter((part) => part !== undefined);
  return present.length === 0 ? undefined : present.join(', ');
}

function known(facts: readonly MaybeFact[]): readonly Fact[] {
  return facts.flatMap(([term, text]): readonly Fact[] => (text === undefined ? [] : [[term, text]]));
}
