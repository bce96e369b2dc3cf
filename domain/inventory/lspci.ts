import type { Vendor } from '../cards.ts';
import { GIB, KIB, MIB } from '../quantity.ts';
import { boardMakerOf } from './board-maker.ts';
import { displayKindOf } from './display-kind.ts';
import type { Host } from './farm.ts';
import { known } from './fields.ts';
import type { TextFormat } from './format.ts';
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
    return { sightings: listsOf(records).map((list) => sightingOf(list, source)), faults: [] };
  },
};

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
    cards: cards.map(({ record, name }, position) => cardOf(record, name, position)),
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

const vendors: readonly (readonly [RegExp, Vendor])[] = [
  [/^10de:|NVIDIA/, 'nvidia'],
  [/^1002:|Advanced Micro Devices|\bATI\b/, 'amd'],
  [/^8086:|Intel/, 'intel'],
];

function cardOf(record: LspciRecord, name: string | undefined, position: number): SightedCard {
  const { busId, label = '', pciId, subsystemId, pciRevision, kernelDriver } = record;
  return known({
    position,
    kind: 'gpu' as const,
    busId,
    name,
    vendor: vendors.find(([pattern]) => pattern.test(pciId ?? label))?.[1],
    boardMaker: boardMakerOf(subsystemId),
    pciId,
    subsystemId: subsystemId === '0000:0000' ? undefined : subsystemId,
    pciRevision,
    kernelDriver,
    bar1Bytes: largestRegion(record.regionTexts ?? []),
    pcieLink: linkOfText(record.linkText),
    pcieLinkMost: linkOfText(record.linkMostText),
  });
}

const units: Readonly<Record<string, number>> = { K: KIB, M: MIB, G: GIB };

function largestRegion(texts: readonly string[]): number | undefined {
  const sizes = texts.map((text) => Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? 0));
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}
