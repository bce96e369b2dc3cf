import type { Vendor } from '../cards.ts';
import { GIB, KIB, MIB } from '../quantity.ts';
import { boardMakerOf, boardMakerOfLabel } from './board-maker.ts';
import { bridgesOf, edgeOf } from './card-switch.ts';
import { displayKindOf } from './display-kind.ts';
import type { Host } from './farm.ts';
import { known } from './fields.ts';
import type { TextFormat } from './format.ts';
import { lostCard } from './lost-card.ts';
import { type LspciRecord, readLspci } from './lspci-records.ts';
import { linkOfText } from './pcie-link.ts';
import { rigOfFile } from './rig-key.ts';
import type { RigSighting, SightedCard } from './sighting.ts';

/**
 * `lspci` with `-n`, `-nn`, `-nnk`, `-v`, `-vv`, `-mm` or `-vmm`, anywhere in a text. Mining cards are listed as "3D
 * controller"; graphics of processors and adapters of virtual machines are no cards.
 */
export const lspci: TextFormat = {
  kind: 'text',
  name: 'lspci',
  title: 'lspci',
  read(text, source) {
    if (!/\b[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]\b/.test(text)) return undefined;
    const records = readLspci(text);
    if (records.length === 0) return undefined;
    const lists = listsOf(records);
    const dead = lists.flat().filter((record) => record.isDisplay && record.pciRevision === UNREADABLE);
    return {
      sightings: lists.map((list) => sightingOf(list, source)),
      faults: dead.map(({ busId }) => lostCard(source, `on bus ${busId}`)),
    };
  },
};

/** The revision of an adapter that answers no more: every bit that is read of it is 1. */
const UNREADABLE = 'ff';

/** One list a run: a bus that comes again begins the next, unless it is the same adapter, told in more detail. */
function listsOf(records: readonly LspciRecord[]): readonly (readonly LspciRecord[])[] {
  const lists: Map<string, LspciRecord>[] = [];
  for (const record of records) {
    const last = lists.at(-1);
    if (last === undefined || last.has(record.busId)) lists.push(new Map([[record.busId, record]]));
    else last.set(record.busId, record);
  }
  return lists.map((list) => [...list.values()]);
}

function sightingOf(records: readonly LspciRecord[], source: string): RigSighting {
  const bridges = bridgesOf(records);
  const adapters = records.filter(({ isDisplay }) => isDisplay).map((record) => ({ record, name: nameOf(record) }));
  const kinds = adapters.map(({ record, name }) => displayKindOf(record.pciId, name ?? record.label));
  const cards = adapters.flatMap(({ record, name }, index) =>
    kinds[index]?.kind === 'card' ? [{ record, name }] : [],
  );
  return {
    format: 'lspci' as const,
    source,
    ...rigOfFile(source),
    host: hostOf(
      adapters.map(({ record, name }) => name ?? record.label),
      kinds,
    ),
    cards: cards.map(({ record, name }, position) => cardOf(record, name, position, edgeOf(record, bridges))),
  };
}

function hostOf(names: readonly (string | undefined)[], kinds: readonly ReturnType<typeof displayKindOf>[]): Host {
  const virtual = kinds.find((kind) => kind.kind === 'virtual');
  const integrated = kinds.findIndex(({ kind }) => kind === 'integrated');
  return known({ integratedGraphicsName: names[integrated], virtualMachine: virtual?.machine });
}

const VENDOR_NAMES =
  /^(NVIDIA Corporation|Advanced Micro Devices, Inc\.(?: \[AMD(?:\/ATI)?\])?|Intel Corporation|ATI Technologies Inc)\s*/;

/** Without its vendor; lspci prints "Device" alone where its list does not know the card. */
function nameOf({ label }: LspciRecord): string | undefined {
  const name = label?.replace(VENDOR_NAMES, '').trim();
  return name === undefined || /^(device( [0-9a-f]{4})?)?$/i.test(name) ? undefined : name;
}

const vendors: readonly (readonly [RegExp, Vendor, vendorId: string])[] = [
  [/^10de:|NVIDIA/, 'nvidia', '10de'],
  [/^1002:|Advanced Micro Devices|\bATI\b/, 'amd', '1002'],
  [/^8086:|Intel/, 'intel', '8086'],
];

/** An adapter that lspci's list does not know is printed by its id: `[AMD/ATI] Device 73df`. */
function unnamedIdOf(label: string, vendorId: string | undefined): string | undefined {
  const id = / Device ([0-9a-f]{4})$/.exec(label)?.[1];
  return id === undefined || vendorId === undefined ? undefined : `${vendorId}:${id}`;
}

function cardOf(record: LspciRecord, name: string | undefined, position: number, edge: LspciRecord): SightedCard {
  const { busId, label = '', subsystemId, subsystemLabel, pciRevision, kernelDriver } = record;
  const vendor = vendors.find(([pattern]) => pattern.test(record.pciId ?? label));
  const pciId = record.pciId ?? unnamedIdOf(label, vendor?.[2]);
  return known({
    position,
    kind: 'gpu' as const,
    busId,
    name,
    vendor: vendor?.[1],
    boardMaker: boardMakerOf(subsystemId) ?? boardMakerOfLabel(subsystemLabel),
    pciId,
    subsystemId: subsystemId === '0000:0000' ? undefined : subsystemId,
    pciRevision: pciRevision === UNREADABLE ? undefined : pciRevision,
    kernelDriver,
    bar1Bytes: largestRegion(record.regionTexts ?? []),
    pcieLink: linkOfText(edge.linkText),
    pcieLinkMost: linkOfText(edge.linkMostText),
  });
}

const units: Readonly<Record<string, number>> = { K: KIB, M: MIB, G: GIB };

function largestRegion(texts: readonly string[]): number | undefined {
  const sizes = texts.map((text) => Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? 0));
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}
