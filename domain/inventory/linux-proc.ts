import { KIB } from '../quantity.ts';
import { vectorExtensionOf } from './cpu.ts';
import type { Cpu, Host, Ram, VectorExtension } from './farm.ts';
import { known, positiveOf, textOf } from './fields.ts';
import type { TextFormat } from './format.ts';
import { rigOfFile } from './rig-key.ts';
import { sourceText } from './source-text.ts';

/**
 * Linux's /proc/cpuinfo, /proc/meminfo and /proc/version, one or all, anywhere in a text: a rig's processor with its
 * flags, its memory and its kernel. They list no card.
 */
export const linuxProc: TextFormat = {
  kind: 'text',
  name: 'linux-proc',
  title: 'Linux /proc',
  read(text, source) {
    const host = known({ cpu: cpuOf(text), ram: ramOf(text, source), kernel: kernelOf(text) });
    if (Object.keys(host).length === 0) return undefined;
    const sighting = { format: 'linux-proc' as const, source, ...rigOfFile(source), host: parseHost(host), cards: [] };
    return { sightings: [sighting], faults: [] };
  },
};

function parseHost(host: unknown): Host {
  return host as Host;
}

/** What of a text is looked at: cpuinfo of 512 threads is 1 MB, and each thread says the same. */
const LOOKED_AT_CHARACTERS = 4 * 1024 * 1024;

function cpuOf(whole: string): Cpu | undefined {
  const at = whole.search(/^processor[ \t]{0,20}: 0$/m);
  if (at < 0) return undefined;
  const text = whole.slice(at, at + LOOKED_AT_CHARACTERS);
  const field = (name: string) => textOf(new RegExp(`^${name}[ \\t]{0,20}: (.{1,200})$`, 'm').exec(text)?.[1]);
  const modelName = field('model name');
  if (modelName === undefined) return undefined;
  const flags = /^flags[ \t]{0,20}: (.{1,8000})$/m.exec(text)?.[1]?.split(' ');
  return known({
    modelName,
    coreCount: coreCountOf(text),
    hasAes: flags?.includes('aes'),
    vectorExtension: flags === undefined ? vectorExtensionOf(modelName) : vectorExtensionOfFlags(flags),
  });
}

/** Physical cores over all sockets; where the kernel tells none, threads. */
function coreCountOf(text: string): number | undefined {
  const cores = new Set<string>();
  let [threadCount, socket] = [0, '0'];
  for (const [, name, id = ''] of text.matchAll(/^(processor|physical id|core id)[ \t]{0,20}: (\d{1,6})$/gm)) {
    if (name === 'processor') threadCount += 1;
    else if (name === 'physical id') socket = id;
    else cores.add(`${socket}/${id}`);
  }
  return cores.size > 0 ? cores.size : threadCount || undefined;
}

/** The widest vector instructions that a Linux kernel's flags tell. AVX-512 counts with the parts that builds use. */
export function vectorExtensionOfFlags(flags: readonly string[]): VectorExtension {
  const has = (...names: readonly string[]) => names.every((name) => flags.includes(name));
  if (has('avx2', 'avx512f', 'avx512bw', 'avx512vl', 'avx512dq')) return 'avx-512';
  if (has('avx2')) return 'avx2';
  return has('avx') ? 'avx' : 'none';
}

function ramOf(text: string, source: string): Ram | undefined {
  const kibibytes = positiveOf(/^MemTotal:\s{1,20}(\d{1,15}) kB$/m.exec(text)?.[1]);
  if (kibibytes === undefined) return undefined;
  return { bytes: kibibytes * KIB, basis: 'reported', source: `MemTotal in ${sourceText(source)}` };
}

/** `Linux version 6.1.0-hiveos (root@build) …`. */
function kernelOf(text: string): string | undefined {
  return /^Linux version (\S{1,80}) \(/m.exec(text)?.[1];
}
