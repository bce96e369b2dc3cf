import { type Bytes, GIB, MIB } from '../quantity.ts';
import type { Disk } from './farm.ts';
import { remembering } from './remember.ts';

/** The most disks of one rig that are read. */
const MOST_DISKS = 32;

/** Decimal units, as disks are sold. */
const unitBytes: Readonly<Record<string, Bytes>> = { MB: 1e6, GB: 1e9, TB: 1e12, MiB: MIB, GiB: GIB };

const attachments: readonly (readonly [RegExp, Disk['attachment']])[] = [
  [/\b(vbox|vmware|qemu|virtual|virtio)\b/i, 'virtual'],
  [/\busb\b|cruzer|datatraveler|ultra ?fit|flash drive|transmemory/i, 'usb'],
  [/\bnvme\b/i, 'nvme'],
  [/^ata\b/i, 'sata'],
];

/** Reads HiveOS's `disk_model`: `ATA Galaird 60G 60.0GB, Samsung SSD 960 EVO 250GB 250GB\n`. Undefined where it tells none. */
export function disksOf(value: unknown): readonly Disk[] | undefined {
  return typeof value === 'string' ? disksIn(value.slice(0, 4000)) : undefined;
}

const disksIn = remembering((text): readonly Disk[] | undefined => {
  const disks = text
    .split(/[,\n]/)
    .map((text) => text.replace(/\s+/g, ' ').trim())
    .filter((text) => text !== '' && !/^REDACTED/.test(text))
    .slice(0, MOST_DISKS)
    .map(diskOf);
  return disks.length === 0 ? undefined : disks;
});

function diskOf(text: string): Disk {
  const attachment = attachments.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown';
  const [, modelName = text, digits, unit = ''] = /^(.*?)\s+(\d+(?:\.\d+)?)\s?([MGT]i?B)$/.exec(text) ?? [];
  const bytesPerUnit = unitBytes[unit];
  if (digits === undefined || bytesPerUnit === undefined) return { modelName: text, attachment };
  return { modelName, bytes: Math.round(Number(digits) * bytesPerUnit), attachment };
}
