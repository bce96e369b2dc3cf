import type { Vendor } from '../cards.ts';
import { isFault } from '../fault.ts';
import { boardMakerOf } from './board-maker.ts';
import { busIdOf } from './bus-id.ts';
import { vectorExtensionOf } from './cpu.ts';
import { disksOf } from './disk.ts';
import type { Board, Cpu, Host, PowerLimit } from './farm.ts';
import { isJsonObject, type JsonObject, known, listOf, memoryBytesOf, numberOf, positiveOf, textOf } from './fields.ts';
import type { JsonFormat } from './format.ts';
import { type HiveMessage, readHiveMessage } from './hive-message.ts';
import type { RigSighting, SightedCard, Slot } from './sighting.ts';

/** A rig's host and cards; it carries neither RAM nor links nor readings. */
export const hiveHello: JsonFormat = {
  kind: 'json',
  name: 'hiveos-hello',
  title: 'HiveOS agent "hello"',
  read(value, source) {
    const message = readHiveMessage(value, 'hello', source);
    if (message === undefined) return undefined;
    if (isFault(message)) return { sightings: [], faults: [message] };
    return { sightings: [sightingOf(message)], faults: [] };
  },
};

function sightingOf({ params, rigKey, rigName, source }: HiveMessage): RigSighting {
  const entries = listOf(params.gpu).filter(isJsonObject);
  const slots = entries.map(slotOf);
  const integrated = entries.find((_, index) => slots[index]?.isCard === false);
  return known({
    format: 'hiveos-hello' as const,
    source,
    rigKey,
    rigName,
    sentAt: textOf(params.addtime),
    host: hostOf(params, textOf(integrated?.name)),
    cards: cardsOfHive(entries, slots),
    isWholeList: true,
    slots,
  });
}

/** Cards of HiveOS's own list of GPUs, integrated graphics left out. */
export function cardsOfHive(entries: readonly JsonObject[], slots: readonly Slot[]): readonly SightedCard[] {
  return entries.flatMap((entry, position) => {
    const slot = slots[position];
    return slot?.isCard === true ? [cardOf(entry, slot.busId, position)] : [];
  });
}

/** An entry of HiveOS's own list of GPUs: graphics of the processor are of the brand `cpu`. */
export function slotOf(entry: JsonObject): Slot {
  return known({ busId: busIdOf(entry.busid), isCard: textOf(entry.brand)?.toLowerCase() !== 'cpu' });
}

const vendors: ReadonlyMap<string, Vendor> = new Map([
  ['nvidia', 'nvidia'],
  ['amd', 'amd'],
  ['intel', 'intel'],
]);

function cardOf(entry: JsonObject, busId: string | undefined, position: number): SightedCard {
  return known({
    position,
    kind: 'gpu' as const,
    busId,
    name: textOf(entry.name),
    vendor: vendors.get(textOf(entry.brand)?.toLowerCase() ?? ''),
    boardMaker: boardMakerText(textOf(entry.subvendor)),
    vramBytes: memoryBytesOf(entry.mem),
    memoryMaker: textOf(entry.mem_type),
    vbios: textOf(entry.vbios),
    uuid: textOf(entry.uuid),
    powerLimitWatts: powerLimitOf(entry),
  });
}

/** HiveOS's own list of makers is short: `Unknown vendor 7377`. */
function boardMakerText(text: string | undefined): string | undefined {
  const vendorId = /^unknown vendor ([0-9a-f]{4})$/i.exec(text ?? '')?.[1];
  return vendorId === undefined ? text : (boardMakerOf(vendorId.toLowerCase()) ?? text);
}

function powerLimitOf(entry: JsonObject): PowerLimit | undefined {
  const limit = known({
    least: positiveOf(entry.plim_min),
    shipped: positiveOf(entry.plim_def),
    most: positiveOf(entry.plim_max),
  });
  return Object.keys(limit).length === 0 ? undefined : limit;
}

function hostOf(params: JsonObject, integratedGraphicsName: string | undefined): Host {
  const board = boardOf(params.mb);
  return known({
    cpu: cpuOf(params.cpu),
    board,
    disks: disksOf(params.disk_model),
    nvidiaDriverVersion: textOf(params.nvidia_version),
    amdDriverVersion: textOf(params.amd_version),
    kernel: textOf(params.kernel),
    integratedGraphicsName,
    virtualMachine: virtualMachineOf(board),
  });
}

function cpuOf(value: unknown): Cpu | undefined {
  if (!isJsonObject(value)) return undefined;
  const modelName = textOf(value.model);
  if (modelName === undefined) return undefined;
  const coreCount = positiveOf(value.cores);
  const aes = numberOf(value.aes);
  return known({
    modelName,
    coreCount: coreCount !== undefined && Number.isInteger(coreCount) ? coreCount : undefined,
    hasAes: aes === undefined ? undefined : aes === 1,
    vectorExtension: vectorExtensionOf(modelName),
  });
}

function boardOf(value: unknown): Board | undefined {
  if (!isJsonObject(value)) return undefined;
  const product = textOf(value.product);
  if (product === undefined) return undefined;
  return known({ manufacturer: textOf(value.manufacturer), product, bios: textOf(value.bios) });
}

function virtualMachineOf(board: Board | undefined): string | undefined {
  const name = board?.product ?? '';
  return /virtualbox|vmware|kvm|qemu|standard pc|hyper-v|virtual machine/i.test(name) ? name : undefined;
}
