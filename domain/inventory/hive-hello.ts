import type { Vendor } from '../cards.ts';
import { vectorExtensionOf } from './cpu.ts';
import { disksOf } from './disk.ts';
import type { Board, Cpu, Host, ObservedCard, PowerLimit } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import { isJsonObject, type JsonObject, known, listOf, memoryBytesOf, numberOf, positiveOf, textOf } from './fields.ts';
import type { HiveMessage } from './hive-message.ts';

/** What a "hello" says: the rig's host and cards. It carries neither RAM nor links nor readings. */
export interface HiveHello {
  readonly kind: 'hello';
  readonly hiveRigId: string;
  readonly source: string;
  readonly sentAt?: string;
  readonly host: Host;
  readonly cards: readonly ObservedCard[];
  /** The bus ids of every entry in the message's order, integrated graphics included: readings are listed so. */
  readonly slots: readonly HiveSlot[];
}

/** An entry of a rig's list of GPUs: integrated graphics are listed with the cards, and are none. */
export interface HiveSlot {
  readonly busId?: string;
  readonly isCard: boolean;
}

/** The most GPUs of one rig that are read; more is no rig. */
const MOST_CARDS = 256;

/** The id of a HiveOS rig in a farm. */
export function rigIdOf(hiveRigId: string): string {
  return `hive-${hiveRigId}`;
}

/** Reads a "hello"; a bus id that appears twice keeps its first card and gives a fault. */
export function readHello(message: HiveMessage): {
  readonly hello: HiveHello;
  readonly faults: readonly InventoryFault[];
} {
  const { params, hiveRigId, source } = message;
  const entries = listOf(params.gpu).filter(isJsonObject).slice(0, MOST_CARDS);
  const slots = entries.map(slotOf);
  const integrated = entries.find((entry) => !slotOf(entry).isCard);
  const seen = new Set<string>();
  const faults: InventoryFault[] = [];
  const cards = entries.flatMap((entry, index): readonly ObservedCard[] => {
    const { busId, isCard } = slotOf(entry);
    if (!isCard) return [];
    if (busId !== undefined && seen.has(busId)) {
      faults.push(duplicateBus(message, busId));
      return [];
    }
    if (busId !== undefined) seen.add(busId);
    return [cardOf(hiveRigId, entry, busId, index)];
  });
  const host = hostOf(params, textOf(integrated?.name));
  const hello = known({
    kind: 'hello' as const,
    hiveRigId,
    source,
    sentAt: textOf(params.addtime),
    host,
    cards,
    slots,
  });
  return { hello, faults };
}

function slotOf(entry: JsonObject): HiveSlot {
  return known({ busId: busIdOf(entry.busid), isCard: textOf(entry.brand)?.toLowerCase() !== 'cpu' });
}

/** `0A:00.0` or `00000000:0A:00.0` → `0a:00.0`; a domain other than 0 is kept. */
export function busIdOf(value: unknown): string | undefined {
  const [, domain = '', rest] = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/.exec(
    textOf(value)?.toLowerCase() ?? '',
  ) ?? [null, '', undefined];
  if (rest === undefined) return undefined;
  return /^0*$/.test(domain) ? rest : `${domain}:${rest}`;
}

const vendors: ReadonlyMap<string, Vendor> = new Map([
  ['nvidia', 'nvidia'],
  ['amd', 'amd'],
  ['intel', 'intel'],
]);

function cardOf(hiveRigId: string, entry: JsonObject, busId: string | undefined, index: number): ObservedCard {
  return known({
    cardId: `${rigIdOf(hiveRigId)}/${busId ?? `card-${index}`}`,
    kind: 'gpu' as const,
    busId,
    name: textOf(entry.name),
    vendor: vendors.get(textOf(entry.brand)?.toLowerCase() ?? ''),
    boardMaker: textOf(entry.subvendor),
    vramBytes: memoryBytesOf(entry.mem),
    memoryMaker: textOf(entry.mem_type),
    vbios: textOf(entry.vbios),
    uuid: textOf(entry.uuid),
    powerLimitWatts: powerLimitOf(entry),
  });
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

function duplicateBus({ source, hiveRigId }: HiveMessage, busId: string): InventoryFault {
  return inventoryFault('inventory-duplicate-bus', {
    what: `Rig ${hiveRigId} in ${source} lists two cards on bus ${busId}.`,
    why: 'One bus holds one card, so the message is damaged or edited; the first of the two was kept.',
    mend: 'Save the rig’s "hello" message again.',
  });
}
