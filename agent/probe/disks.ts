import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk } from '@rerig/domain/inventory';
import { type ProbeFault, probeFault } from './faults.ts';
import { known } from './known.ts';
import { namesIn, readNumber, readText, realPath } from './machine-files.ts';
import type { DataFolderReport, MachineDisk } from './report.ts';

/** The unit of /sys/block/NAME/size, whatever the disk's own sectors are. Source: Linux, ABI/stable/sysfs-block. */
const SECTOR_BYTES = 512;

/** What /sys/block lists beside disks: loops, memory, mappings over disks, optical drives. */
const NO_DISK = /^(loop|ram|zram|dm-|md|sr|fd|nbd|zd|mtdblock)/;

/** Reads the disks of this machine. */
export async function probeDisks(sys: string): Promise<readonly MachineDisk[]> {
  const names = (await namesIn(join(sys, 'block'))).filter((name) => !NO_DISK.test(name));
  const disks = await Promise.all(names.map((name) => probeDisk(join(sys, 'block', name), name)));
  return disks.filter(({ bytes }) => bytes !== 0);
}

async function probeDisk(path: string, name: string): Promise<MachineDisk> {
  const [sectorCount, rotational, removable, modelName, place] = await Promise.all([
    readNumber(join(path, 'size')),
    readNumber(join(path, 'queue/rotational')),
    readNumber(join(path, 'removable')),
    readText(join(path, 'device/model')),
    realPath(path),
  ]);
  const attachment = attachmentOf(place ?? path, modelName ?? '');
  // Virtual disks say that they rotate, whatever lies beneath them.
  const isTold = rotational !== undefined && attachment !== 'virtual';
  return known({
    name,
    modelName: modelName === undefined || modelName === '' ? name : modelName.replace(/\s+/g, ' '),
    bytes: sectorCount === undefined ? undefined : sectorCount * SECTOR_BYTES,
    attachment,
    isRotational: isTold ? rotational === 1 : undefined,
    isRemovable: removable === undefined ? undefined : removable === 1,
  });
}

/** By the way through the machine that sysfs's path shows: a USB stick is a SCSI disk behind a USB port. */
function attachmentOf(place: string, modelName: string): Disk['attachment'] {
  if (/\/usb\d/.test(place)) return 'usb';
  if (/\/virtio\d|\/vbd-|\/vmbus|\/xen/i.test(place) || /\b(qemu|vbox|vmware|virtual)\b/i.test(modelName)) {
    return 'virtual';
  }
  if (/\/nvme/.test(place)) return 'nvme';
  return /\/ata\d/.test(place) ? 'sata' : 'unknown';
}

/** Free space of the folder that Rerig keeps its data in, for a user without privilege. */
export async function probeDataFolder(path: string): Promise<DataFolderReport | ProbeFault> {
  try {
    const { bavail, bsize } = await statfs(path);
    return { path, freeBytes: bavail * bsize };
  } catch (error) {
    return probeFault('data-folder-unreadable', {
      what: `The free space of ${path} is not known.`,
      why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Give a folder that is there with --data DIR.',
    });
  }
}
