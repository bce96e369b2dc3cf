import { rerigCsvTemplate } from '@rerig/domain/inventory';
import { Command, InvalidArgumentError } from 'commander';
import { showHiveRigs } from './intake/hive-rigs.ts';
import { toIntakeDocument } from './intake/intake-document.ts';
import { renderIntake } from './intake/render-intake.ts';
import { readRigFiles } from './rig-files.ts';
import { columnCount, hasColor, printFault } from './terminal.ts';

export { type LiveWish, showLiveRigs, tellProgress } from './intake/live-rigs.ts';

interface IntakeOptions {
  readonly json?: boolean;
  readonly rig?: string;
  readonly template?: boolean;
  readonly hiveos?: boolean;
  readonly hiveosUrl?: string;
  readonly tokenFile?: string;
  readonly farm?: number;
}

const HELP = `
What is read, told by content, several kinds in one file or one in several:
  HiveOS         the agent's "hello" and "stats" or its log, the API's
                 workers, gpu-detect and gpu-stats, the log of nvidia-oc
  NVIDIA         nvidia-smi -q -x, nvidia-smi -q, nvidia-smi, nvidia-smi -L,
                 nvidia-smi --query-gpu=… --format=csv
  AMD            rocm-smi (--json, --csv or its text),
                 amd-smi list|static|metric --json
  the system     lspci -nn, -nnk, -vv, -vmm, -mm; dmesg or journalctl -k, for
                 NVIDIA's errors, AMD's VRAM and links
  miners' APIs   T-Rex, lolMiner, TeamRedMiner, GMiner, NBMiner, Claymore,
                 PhoenixMiner, ethminer, SRBMiner, Bminer, Excavator, nanominer,
                 XMRig, sgminer, ccminer
  benchmarks     OpenCL-Benchmark, llama-bench; llama.cpp's log; reports' tables
  your own list  rig,card,count,… ("rerig intake --template > farm.csv")

Which rig a file is from, it says itself, or its name does: rig07-nvidia-smi.xml
and rig07.lspci.txt are both of rig07; --rig NAME says it for all files.

Examples:
  $ rerig intake hello.json stats.json
  $ ssh rig07 nvidia-smi -q -x | rerig intake - --rig rig07
  $ rerig intake outputs/ --json
  $ rerig intake --hiveos --token-file token.txt

Exits 0 where all was read, 1 where something was not.`;

/** `rerig intake FILE…`: what rig tools' output says of rigs and cards, before anything is graded. */
export function intakeCommand(): Command {
  return new Command('intake')
    .description('Read the output of rig tools and show the rigs and cards that it lists, and where tools differ.')
    .argument('[files...]', 'files, folders, or - for standard input')
    .option('--json', 'print one JSON document')
    .option('--rig <name>', 'all files are of this rig')
    .option('--template', 'print a list to fill in by hand, as CSV')
    .option('--hiveos', 'ask HiveOS for its rigs instead of reading files')
    .option('--token-file <file>', 'with --hiveos: your personal token, alone in a file')
    .option('--farm <id>', 'with --hiveos: one farm alone, by its number', farmNumber)
    .option('--hiveos-url <url>', 'with --hiveos: another address of its API, version 2')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(intake);
}

async function intake(paths: readonly string[], options: IntakeOptions, command: Command): Promise<void> {
  if (options.template === true) {
    process.stdout.write(rerigCsvTemplate);
    return;
  }
  if (options.hiveos === true) {
    if (paths.length > 0) command.error('error: --hiveos reads no files');
    if (options.tokenFile === undefined) command.error('error: --hiveos needs --token-file <file>');
    else await showHiveRigs({ ...options, tokenFile: options.tokenFile });
    return;
  }
  if (paths.length === 0) command.error("error: missing required argument 'files'");
  const read = await readRigFiles(paths, options.rig === undefined ? {} : { rigName: options.rig });
  if (options.json === true) process.stdout.write(`${JSON.stringify(toIntakeDocument(read), null, 2)}\n`);
  else {
    process.stdout.write(renderIntake(read, { columnCount: columnCount(), color: hasColor() }));
    for (const fault of read.faults) printFault(fault);
  }
  if (read.faults.length > 0) process.exitCode = 1;
}

function farmNumber(text: string): number {
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is the number in the address of the farm’s page.');
}
