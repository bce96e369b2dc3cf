import { open, readdir, readlink, realpath } from 'node:fs/promises';

/** No file of /sys or /proc that we read is longer; /proc/cpuinfo of 512 threads is 1 MB. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** A file of a card whose driver hangs is never answered. */
const READ_MS_MAX = 2000;

/** A file's text without white space around it; undefined where it is not there, can't be read, or is not answered. */
export async function readText(path: string): Promise<string | undefined> {
  return within(readBounded(path));
}

/** A whole decimal number in a file; undefined for anything else. */
export async function readNumber(path: string): Promise<number | undefined> {
  const text = await readText(path);
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? Number(text) : undefined;
}

/** A number in hexadecimal as sysfs writes ids, `0x10de`, in lower case without `0x`. */
export async function readHex(path: string): Promise<string | undefined> {
  return /^0x([0-9a-f]{1,8})$/i.exec((await readText(path)) ?? '')?.[1]?.toLowerCase();
}

/** The names in a folder, sorted; none where it is not there. */
export async function namesIn(path: string): Promise<readonly string[]> {
  const names = await within(readdir(path));
  return [...(names ?? [])].sort();
}

/** The last part of where a link points, as a driver's name; undefined where there is none. */
export async function linkName(path: string): Promise<string | undefined> {
  return (await within(readlink(path)))?.split('/').at(-1);
}

/** Where a path leads with all links followed. */
export async function realPath(path: string): Promise<string | undefined> {
  return within(realpath(path));
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let byteCount = 0;
    while (byteCount < FILE_BYTES_MAX) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024));
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      byteCount += bytesRead;
    }
    return Buffer.concat(chunks).toString('utf8').trim();
  } finally {
    await file.close();
  }
}

/** What a read gives; undefined where it fails or takes too long. The caller says what that means. */
async function within<T>(reading: Promise<T>): Promise<T | undefined> {
  const limit = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => limit.resolve(undefined), READ_MS_MAX);
  try {
    return await Promise.race([reading.catch(() => undefined), limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
