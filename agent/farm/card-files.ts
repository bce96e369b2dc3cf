import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';

/** Where a machine is read; for tests a folder that is like it. */
export interface CardFilesOptions {
  readonly sys?: string;
  readonly proc?: string;
}

/**
 * By which file the kernel gives each card to a process, by card id: `/dev/nvidia0` as NVIDIA's driver numbers it, else the
 * card's render file. A card without a driver has none.
 */
export async function cardFiles(
  cards: readonly ObservedCard[],
  { sys = '/sys', proc = '/proc' }: CardFilesOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    cards.map(async ({ cardId, busId, vendor }) => {
      if (busId === undefined) return null;
      const address = busId.length < 12 ? `0000:${busId}` : busId;
      const file = (vendor === 'nvidia' ? await nvidiaFile(proc, address) : null) ?? (await renderFile(sys, address));
      return file === null ? null : ([cardId, file] as const);
    }),
  );
  return new Map(found.filter((each) => each !== null));
}

async function nvidiaFile(proc: string, address: string): Promise<string | null> {
  try {
    const text = await readFile(join(proc, 'driver/nvidia/gpus', address, 'information'), 'utf8');
    const [, minor] = /^Device Minor:\s*(\d+)/m.exec(text) ?? [];
    return minor === undefined ? null : `/dev/nvidia${minor}`;
  } catch {
    // Another driver has it, or none.
    return null;
  }
}

async function renderFile(sys: string, address: string): Promise<string | null> {
  try {
    const names = await readdir(join(sys, 'bus/pci/devices', address, 'drm'));
    const render = names.find((name) => /^renderD\d+$/.test(name));
    return render === undefined ? null : `/dev/dri/${render}`;
  } catch {
    // No driver of graphics has it.
    return null;
  }
}
