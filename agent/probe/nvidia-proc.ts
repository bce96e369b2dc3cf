import { join } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';
import { known } from './known.ts';
import { namesIn, readText } from './machine-files.ts';
import { busIdOf } from './pci.ts';

/** What the kernel module of NVIDIA's driver tells of a card without asking the card, by bus id. */
export async function probeNvidiaProc(
  proc: string,
): Promise<ReadonlyMap<string, Omit<ObservedCard, 'cardId' | 'kind'>>> {
  const folder = join(proc, 'driver/nvidia/gpus');
  const found = await Promise.all(
    (await namesIn(folder)).map(async (address) => {
      const text = (await readText(join(folder, address, 'information'))) ?? '';
      const field = (name: string) => new RegExp(`^${name}:\\s*(\\S.*)$`, 'm').exec(text)?.[1]?.trim();
      const told = (value: string | undefined) => (value?.includes('?') === true ? undefined : value);
      const vendor = 'nvidia' as const;
      const card = {
        vendor,
        name: told(field('Model')),
        uuid: told(field('GPU UUID')),
        vbios: told(field('Video BIOS')),
      };
      return [busIdOf(address), known(card)] as const;
    }),
  );
  return new Map(found);
}
