import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The most that each driver keeps in its cache; past it, the driver removes the oldest. */
const CACHE_BYTES_MAX = 1024 ** 3;

/** A folder in which drivers keep what they have compiled, and the variables that send them there. */
export interface DriverCaches {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes the caches of drivers, for workloads that don't write to their home: else each start compiles anew what a card runs,
 * which takes up to minutes. Workloads share them, as the programs of one user do. Null where they can't be made.
 *
 * Sources: CUDA C++ programming guide, "CUDA environment variables"; Mesa, "Environment variables"
 * (docs.mesa3d.org/envvars); the README of NVIDIA's Linux driver, "OpenGL environment variable settings".
 */
export function openDriverCaches(folder: string): DriverCaches | null {
  const [cuda, mesa, nvidia] = [join(folder, 'cuda'), join(folder, 'mesa'), join(folder, 'nvidia')];
  try {
    for (const each of [cuda, mesa, nvidia]) mkdirSync(each, { recursive: true, mode: 0o700 });
  } catch {
    // A full or foreign disk: everything runs without, only slower at the start.
    return null;
  }
  const environment = {
    CUDA_CACHE_PATH: cuda,
    CUDA_CACHE_MAXSIZE: String(CACHE_BYTES_MAX),
    MESA_SHADER_CACHE_DIR: mesa,
    MESA_SHADER_CACHE_MAX_SIZE: '1G',
    __GL_SHADER_DISK_CACHE_PATH: nvidia,
    __GL_SHADER_DISK_CACHE_SIZE: String(CACHE_BYTES_MAX),
  };
  return { folder, environment };
}
