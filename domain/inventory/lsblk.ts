import { GIB, KIB, MIB } from '../quantity.ts';
import type { Disk } from './farm.ts';
import { isJsonObject, type JsonObject, known, listOf, numberOf, textOf } from './fields.ts';
import type { JsonFormat } from './format.ts';
import { rigOfFile } from './rig-key.ts';

/** `lsblk -J`, with or without `-b`: a rig's disks, with what they are attached by. It lists no card. */
export const lsblk: JsonFormat = {
  kind: 'json',
  name: 'lsblk',
  title: 'lsblk JSON',
  read(value, source) {
    if (!isJsonObject(value) || !Array.isArray(value.blockdevices)) return undefined;
    const entries = listOf(value.blockdevices).filter(isJsonObject).filter(isDisk).slice(0, MOST_DISKS);
    const disks = entries.map(diskOf);
    const host = disks.length === 0 ? {} : { disks };
    return { sightings: [{ format: 'lsblk', source, ...rigOfFile(source), host, cards: [] }], faults: [] };
  },
};

/** The most disks of one rig that are read. */
const MOST_DISKS = 32;

/** What is listed beside disks: loops, memory, parts, optical drives, and readers with no card in them. */
function isDisk({ type, name, size }: JsonObject): boolean {
  const isOther = /^(loop|ram|zram|sr|fd|dm-|md|nbd)/.test(textOf(name) ?? '');
  return !isOther && (type === undefined || type === 'disk') && bytesOf(size) !== 0;
}

function diskOf(entry: JsonObject): Disk {
  const name = textOf(entry.name) ?? 'disk';
  return known({
    modelName: textOf(entry.model) ?? name,
    bytes: bytesOf(entry.size),
    attachment: attachmentOf(textOf(entry.tran)?.toLowerCase() ?? '', name, textOf(entry.model) ?? ''),
  });
}

function attachmentOf(transport: string, name: string, modelName: string): Disk['attachment'] {
  if (transport === 'usb') return 'usb';
  if (transport === 'nvme' || name.startsWith('nvme')) return 'nvme';
  if (/^(vd|xvd)/.test(name) || /\b(qemu|vbox|vmware|virtual)\b/i.test(modelName)) return 'virtual';
  return transport === 'sata' || transport === 'ata' ? 'sata' : 'unknown';
}

const units: Readonly<Record<string, number>> = { '': 1, K: KIB, M: MIB, G: GIB, T: 1024 * GIB };

/** Bytes, or `59.6G` in binary units, as it writes without `-b`. */
function bytesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 ? value : undefined;
  const [, digits, unit = ''] = /^(\d{1,15}(?:[.,]\d{1,3})?)([KMGT]?)$/.exec(textOf(value) ?? '') ?? [];
  const amount = numberOf(digits?.replace(',', '.'));
  return amount === undefined ? undefined : Math.round(amount * (units[unit] ?? 1));
}
