import { join, posix } from 'node:path';
import type { PcieLink } from '@rerig/domain/cards';
import { known } from './known.ts';
import { linkName, namesIn, readHex, readText, realPath } from './machine-files.ts';

/** A graphics processor on the PCI bus, as sysfs shows it: ids in lower-case hexadecimal without `0x`. */
export interface PciGraphics {
  /** Where its files are. */
  readonly path: string;
  /** `0a:00.0`, with its domain before it where that is not 0. */
  readonly busId: string;
  readonly vendorId: string;
  readonly modelId: string;
  readonly subsystemVendorId?: string;
  readonly subsystemModelId?: string;
  readonly revision?: string;
  readonly driver?: string;
  readonly linkNow?: PcieLink;
  readonly linkMost?: PcieLink;
  /** Vendors of the other functions in its slot: a processor's graphics share theirs with parts of the processor. */
  readonly neighbourVendorIds: readonly string[];
}

/** Base class 03 is "display controller"; mining cards and data-centre cards are 0302, "3D controller". */
const DISPLAY_CLASS = /^0*3[0-9a-f]{4}$/;

/** Every graphics processor on the PCI bus, by bus address; none on a machine without PCI. */
export async function probePci(sys: string): Promise<readonly PciGraphics[]> {
  const folder = join(sys, 'bus/pci/devices');
  const addresses = await namesIn(folder);
  const found = await Promise.all(addresses.map((address) => probeFunction(folder, address, addresses)));
  return found.filter((graphics) => graphics !== undefined);
}

/** `00000000:0A:00.0` and `0000:0a:00.0` → `0a:00.0`; a domain that is not 0 stays before it. */
export function busIdOf(address: string): string {
  return address.toLowerCase().replace(/^0+:(?=[0-9a-f]{2}:)/, '');
}

async function probeFunction(
  folder: string,
  address: string,
  addresses: readonly string[],
): Promise<PciGraphics | undefined> {
  const path = join(folder, address);
  if (!DISPLAY_CLASS.test((await readHex(join(path, 'class'))) ?? '')) return undefined;
  const [vendorId, modelId, subsystemVendorId, subsystemModelId, revision, driver] = await Promise.all([
    readHex(join(path, 'vendor')),
    readHex(join(path, 'device')),
    readHex(join(path, 'subsystem_vendor')),
    readHex(join(path, 'subsystem_device')),
    readHex(join(path, 'revision')),
    linkName(join(path, 'driver')),
  ]);
  if (vendorId === undefined || modelId === undefined) return undefined;
  const slot = address.replace(/\.[0-7]$/, '.');
  const neighbours = addresses.filter((each) => each.startsWith(slot) && each !== address);
  const neighbourVendorIds = await Promise.all(neighbours.map((each) => readHex(join(folder, each, 'vendor'))));
  return known({
    path,
    busId: busIdOf(address),
    vendorId,
    modelId,
    subsystemVendorId,
    subsystemModelId,
    revision,
    driver,
    ...(await linksOf(path)),
    neighbourVendorIds: neighbourVendorIds.filter((id) => id !== undefined),
  });
}

/** Bytes a second of one lane, in units of generation 1, by generation; from 3 on less is lost to encoding. */
const LANE_SHARES = [0, 1, 2, 3.94, 7.88, 15.75, 31.5];
const AMD = '1002';

/** Bridges on Intel's Arc boards, Alchemist and Battlemage. Source: the PCI ID database. */
const INTEL_BRIDGE_MODELS = /^(4fa[014]|e2f[01f])$/;

/**
 * A card's link now is the narrowest on its way to the processor: newer AMD cards sit behind a bridge of their own, and
 * show 16 lanes to it though the riser has one; Intel's show one lane to theirs, and so count from the bridge on. What
 * the card can is the least of its own parts.
 */
async function linksOf(path: string): Promise<{ linkNow: PcieLink | undefined; linkMost: PcieLink | undefined }> {
  const way = await fromIntelBridge(await wayUp(path));
  const now = await Promise.all(way.map((each) => linkAt(each, 'current')));
  const own = await Promise.all(way.map(async (each, index) => index === 0 || (await isAmdBridge(each))));
  const most = await Promise.all(way.filter((_, index) => own[index]).map((each) => linkAt(each, 'max')));
  return { linkNow: narrowest(now), linkMost: narrowest(most) };
}

async function isAmdBridge(path: string): Promise<boolean> {
  return (await readHex(join(path, 'vendor'))) === AMD && /^0*604/.test((await readHex(join(path, 'class'))) ?? '');
}

/** The way from the near side of an Intel board's bridge on; the whole way where there is none. */
async function fromIntelBridge(way: readonly string[]): Promise<readonly string[]> {
  const onBoard = await Promise.all(way.map(isIntelBridge));
  return way.slice(Math.max(0, onBoard.lastIndexOf(true)));
}

async function isIntelBridge(path: string): Promise<boolean> {
  const [vendor, model] = await Promise.all([readHex(join(path, 'vendor')), readHex(join(path, 'device'))]);
  return vendor === '8086' && INTEL_BRIDGE_MODELS.test(model ?? '');
}

/** The function itself and the bridges above it: sysfs nests their folders. */
async function wayUp(path: string): Promise<readonly string[]> {
  const place = (await realPath(path)) ?? path;
  const steps: string[] = [];
  for (let each = place; /\/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(each); each = posix.dirname(each)) {
    steps.push(each);
  }
  return steps.length === 0 ? [path] : steps;
}

function narrowest(links: readonly (PcieLink | undefined)[]): PcieLink | undefined {
  const byWidth = links.filter((link) => link !== undefined).sort((one, other) => share(one) - share(other));
  return byWidth[0];
}

function share({ generation, laneCount }: PcieLink): number {
  return (LANE_SHARES[generation] ?? 0) * laneCount;
}

/** `2.5 GT/s PCIe` and `16`; absent for what a link that is down shows: `Unknown`, 0, 255 lanes. */
async function linkAt(path: string, which: 'current' | 'max'): Promise<PcieLink | undefined> {
  const speed = await readText(join(path, `${which}_link_speed`));
  const width = await readText(join(path, `${which}_link_width`));
  const generation =
    ['2.5', '5', '8', '16', '32', '64'].indexOf(/^([\d.]+?)(?:\.0)? GT\/s/.exec(speed ?? '')?.[1] ?? '') + 1;
  const laneCount = Number(width);
  return generation > 0 && Number.isInteger(laneCount) && laneCount >= 1 && laneCount <= 32
    ? { generation, laneCount }
    : undefined;
}
