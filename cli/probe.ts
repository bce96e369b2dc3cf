import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { type ProbeReport, probeMachine } from '@rerig/agent/probe';
import { FaultError } from '@rerig/domain/fault';
import { Command, InvalidArgumentError } from 'commander';
import { cliFault } from './faults.ts';
import { probeDocument } from './probe/probe-document.ts';
import { renderProbe } from './probe/render-probe.ts';
import { columnCount } from './terminal.ts';

export { probeDocument, renderProbe };

interface ProbeCommandOptions {
  readonly data: string;
  readonly json?: boolean;
  readonly ssh?: string;
  readonly sshConfig?: string;
  readonly parallel?: number;
  readonly limit?: number;
  readonly save?: string;
}

const HELP = `
A list of rigs has one a line, "[user@]host[:port] [name]"; # begins a comment.
Each is asked once by this machine's ssh, which must come in with a key and
without a question. What is run there only reads: nvidia-smi -q -x, rocm-smi,
amd-smi, lspci, lsblk, the kernel's log (dmesg or journalctl -k) where that is
permitted, and /proc/version, cpuinfo and meminfo.

Examples:
  $ rerig probe
  $ rerig probe --ssh rigs.txt --save answers && rerig assess answers`;

/** `rerig probe`: what this machine has, or the rigs of a list over SSH. It changes nothing and needs no privilege. */
export function probeCommand(): Command {
  return new Command('probe')
    .description('Show what this machine has: processor, memory, disks and every card, with what stands in its way.')
    .option('--data <dir>', 'tell the free space of this folder', whereDataGoes())
    .option('--json', 'print one JSON document')
    .option('--ssh <file>', 'ask the rigs of this list over SSH instead')
    .option('--parallel <n>', 'ask so many of them at once, 1 to 64 (default: 8)', wholeUpTo(64))
    .option('--limit <seconds>', 'give each of them so long, 5 to 600 (default: 60)', wholeUpTo(600, 5))
    .option('--ssh-config <file>', 'a configuration for ssh instead of your own')
    .option('--save <dir>', 'keep their answers in this folder as they came')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(probe);
}

async function probe(options: ProbeCommandOptions): Promise<void> {
  if (options.ssh !== undefined) return probeRigs(options.ssh, options);
  const report: ProbeReport = await probeMachine({ dataFolder: options.data });
  if (options.json === true) process.stdout.write(`${JSON.stringify(probeDocument(report), null, 2)}\n`);
  else process.stdout.write(renderProbe(report, Math.max(80, columnCount())));
}

async function probeRigs(listPath: string, options: ProbeCommandOptions): Promise<void> {
  // Loaded here, so that a probe of this machine does not pay for it.
  const [{ parseRigList, sshSource }, { showLiveRigs, tellProgress }] = await Promise.all([
    import('@rerig/agent/sources'),
    import('./intake.ts'),
  ]);
  const { rigs, faults } = parseRigList(await readList(listPath), listPath);
  const source = sshSource(rigs, {
    tellProgress,
    ...(options.sshConfig === undefined ? {} : { configPath: options.sshConfig }),
    ...(options.parallel === undefined ? {} : { parallelCount: options.parallel }),
    ...(options.limit === undefined ? {} : { rigLimitMs: options.limit * 1000 }),
  });
  const withList = {
    name: source.name,
    read: async (signal: AbortSignal) => {
      const read = await source.read(signal);
      return { files: read.files, faults: [...faults, ...read.faults] };
    },
  };
  const wish = { json: options.json === true, ...(options.save === undefined ? {} : { savePath: options.save }) };
  await showLiveRigs(withList, wish);
}

async function readList(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new FaultError(
      cliFault('inventory-unreadable', {
        what: `The list of rigs ${path} cannot be read.`,
        why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
        mend: 'Check the path, and that you may read the file.',
      }),
      { cause: error },
    );
  }
}

/** Reads an option's whole number; anything else is wrong usage. */
function wholeUpTo(most: number, least = 1): (text: string) => number {
  return (text) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A folder that is there on the file system where data goes by default, as that folder itself may not be there yet. */
function whereDataGoes(): string {
  return process.getuid?.() === 0 ? '/var/lib' : homedir();
}
