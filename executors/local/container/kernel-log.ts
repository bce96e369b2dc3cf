import { closeSync, constants, openSync, readSync } from 'node:fs';

/** The kernel gives one record a read, and none is longer. Source: the kernel's Documentation/ABI/testing/dev-kmsg. */
const RECORD_BYTES_MAX = 8192;
/** More than any kernel keeps. */
const RECORDS_MAX = 200_000;

/**
 * Whether the kernel says that it ended a process of a container at the container's own limit of memory. Podman and Docker
 * say so too, but miss it where the process is gone as soon as it is told to them, as under control groups of version 1.
 */
export function isOutOfMemory(containerId: string, path = '/dev/kmsg'): boolean {
  return kernelRecords(path).some((record) => isAtLimitOf(record, containerId));
}

/** `oom-kill:constraint=CONSTRAINT_MEMCG,…,oom_memcg=/…/libpod-ID,task_memcg=…`. Source: mm/oom_kill.c, from 5.0 on. */
export function isAtLimitOf(record: string, containerId: string): boolean {
  const group = /oom-kill:.*\boom_memcg=([^,\s]+)/.exec(record)?.[1];
  return group !== undefined && containerId !== '' && group.includes(containerId);
}

/** What the kernel's log keeps; nothing where we may not read it. */
function kernelRecords(path: string): readonly string[] {
  const records: string[] = [];
  const bytes = Buffer.allocUnsafe(RECORD_BYTES_MAX);
  const file = openOrUndefined(path);
  if (file === undefined) return records;
  try {
    while (records.length < RECORDS_MAX) {
      const text = readRecord(file, bytes);
      if (text === undefined) break;
      records.push(text);
    }
    return records;
  } finally {
    closeSync(file);
  }
}

/** Undefined at the end. */
function readRecord(file: number, bytes: Buffer): string | undefined {
  try {
    const byteCount = readSync(file, bytes, 0, bytes.length, null);
    return byteCount === 0 ? undefined : bytes.toString('utf8', 0, byteCount);
  } catch (error) {
    // EPIPE: a record went while it was about to be read; the next one follows. EAGAIN: there are no more.
    return error instanceof Error && 'code' in error && error.code === 'EPIPE' ? '' : undefined;
  }
}

function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    // Only root may read it, and not in every container.
    return undefined;
  }
}
