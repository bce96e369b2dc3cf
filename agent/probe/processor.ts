import { join } from 'node:path';
import { type Cpu, vectorExtensionOf, vectorExtensionOfFlags } from '@rerig/domain/inventory';
import { known } from './known.ts';
import { namesIn, readNumber, readText } from './machine-files.ts';
import type { ProcessorReport } from './report.ts';

/** A processor as an inventory has it, and what only the machine itself tells. */
export interface ProbedProcessor {
  readonly cpu?: Cpu;
  readonly processor: ProcessorReport;
  readonly isVirtual: boolean;
}

/** Reads the processor: its name and flags from /proc/cpuinfo, its cores from sysfs. */
export async function probeProcessor(sys: string, proc: string): Promise<ProbedProcessor> {
  const text = await readText(join(proc, 'cpuinfo'));
  const field = (name: string) => new RegExp(`^${name}\\s*: (.+)$`, 'm').exec(text ?? '')?.[1]?.trim();
  const flags = field('flags')?.split(' ');
  const threadCount = text?.match(/^processor\s*:/gm)?.length;
  const modelName = field('model name');
  const coreCount = (await coreCountOf(sys)) ?? threadCount;
  const processor = known({ threadCount, hasSse42: flags?.includes('sse4_2') });
  const isVirtual = flags?.includes('hypervisor') ?? false;
  if (modelName === undefined) return { processor, isVirtual };
  const vectorExtension = flags === undefined ? vectorExtensionOf(modelName) : vectorExtensionOfFlags(flags);
  return {
    cpu: known({ modelName, coreCount, hasAes: flags?.includes('aes'), vectorExtension }),
    processor,
    isVirtual,
  };
}

/** Physical cores that are switched on, over all sockets. */
async function coreCountOf(sys: string): Promise<number | undefined> {
  const folder = join(sys, 'devices/system/cpu');
  const threads = (await namesIn(folder)).filter((name) => /^cpu\d+$/.test(name));
  const cores = await Promise.all(
    threads.map(async (name) => {
      const topology = join(folder, name, 'topology');
      const core = await readNumber(join(topology, 'core_id'));
      const socket = await readNumber(join(topology, 'physical_package_id'));
      return core === undefined ? undefined : `${socket ?? 0}/${core}`;
    }),
  );
  const seen = new Set(cores.filter((core) => core !== undefined));
  return seen.size === 0 ? undefined : seen.size;
}
