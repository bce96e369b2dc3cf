import { mkdirSync, realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { WorkloadSpec } from '../port.ts';

/**
 * Variables by which programs are told where to keep what they fetch and compile, and where to put what they need for a
 * while. Sources: XDG base directories, huggingface_hub, PyTorch, Triton, CUDA, Mesa, pip, uv, matplotlib.
 */
export const FOLDER_VARIABLES = [
  'CUDA_CACHE_PATH',
  'HF_HOME',
  'HF_HUB_CACHE',
  'MESA_SHADER_CACHE_DIR',
  'MPLCONFIGDIR',
  'PIP_CACHE_DIR',
  'TMPDIR',
  'TORCHINDUCTOR_CACHE_DIR',
  'TORCH_HOME',
  'TRITON_CACHE_DIR',
  'UV_CACHE_DIR',
  'XDG_CACHE_HOME',
] as const;

/** Where programs put what they need for a while, whether TMPDIR says so or not. */
const SCRATCH_FOLDERS = ['/tmp', '/var/tmp'] as const;

/**
 * Whether a workload writes where a plain process of its operator would. A job does. What serves or fills idle cards
 * does not, and neither does what is held to so many bytes on disk, as nothing counts them there.
 */
export function isOpen({ kind, limits = {} }: WorkloadSpec): boolean {
  return kind === 'job' && limits.diskBytes === undefined;
}

/**
 * Folders of the machine that a workload writes to beside its own: those that its specification names by a variable, and of
 * an open one also its home, /tmp, /var/tmp, and what our own environment names. They are made where they are not there.
 */
export function machineFolders(spec: WorkloadSpec, environment: Readonly<Record<string, string>>): readonly string[] {
  const named = FOLDER_VARIABLES.flatMap((name) => spec.environment[name] ?? []);
  const open = ['HOME', ...FOLDER_VARIABLES].flatMap((name) => environment[name] ?? []);
  const folders = isOpen(spec) ? [...SCRATCH_FOLDERS, ...named, ...open] : named;
  return [...new Set(folders.filter(isAbsolute).flatMap(madeFolder))];
}

function madeFolder(path: string): readonly string[] {
  try {
    mkdirSync(path, { recursive: true });
    return [realpathSync(path)];
  } catch {
    // Not ours to make: the workload, which has no more rights than we, is told so by the system when it needs it.
    return [];
  }
}
