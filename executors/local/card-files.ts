import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';

/** What every NVIDIA card needs beside its own file. Source: NVIDIA's driver README, "nvidia-modprobe". */
const NVIDIA_FILES = ['nvidiactl', 'nvidia-uvm', 'nvidia-uvm-tools', 'nvidia-modeset'] as const;

/**
 * The files below /dev by which a process reaches these cards and no others, those that are there. None for a processor.
 * `root`: another root than `/`, for tests.
 */
export function cardFiles(cards: readonly ObservedCard[], root = '/'): readonly string[] {
  const paths = cards.flatMap((card) => {
    if (card.kind === 'cpu') return [];
    const own = [...renderFiles(card, root), ...(card.vendor === 'nvidia' ? nvidiaFiles(card, root) : [])];
    return card.vendor === 'amd' ? [...own, '/dev/kfd'] : own;
  });
  return [...new Set(paths)].filter((path) => existsSync(join(root, path)));
}

function nvidiaFiles(card: ObservedCard, root: string): readonly string[] {
  const text = readOrEmpty(join(root, 'proc/driver/nvidia/gpus', pciAddress(card), 'information'));
  const minor = /^Device Minor:\s*(\d+)/m.exec(text)?.[1];
  return [...(minor === undefined ? [] : [`/dev/nvidia${minor}`]), ...NVIDIA_FILES.map((name) => `/dev/${name}`)];
}

/** The kernel links them by their place on the bus, which stays when their numbers change. */
function renderFiles(card: ObservedCard, root: string): readonly string[] {
  return ['render', 'card'].flatMap((suffix) => {
    const link = join(root, 'dev/dri/by-path', `pci-${pciAddress(card)}-${suffix}`);
    const path = realPathOrEmpty(link);
    return path === '' ? [] : [`/${path.slice(realPathOrEmpty(root).length).replace(/^\//, '')}`];
  });
}

/** `0a:00.0` → `0000:0a:00.0`, as the kernel names it. */
function pciAddress({ busId = '' }: ObservedCard): string {
  return /^[0-9a-f]{2}:/.test(busId) ? `0000:${busId}` : busId;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The driver is not loaded, or does not know the card.
    return '';
  }
}

function realPathOrEmpty(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The card has no such file.
    return '';
  }
}
