import { Command, InvalidArgumentError, Option } from 'commander';
import { type AssessOptions, runAssess } from './assess/run-assess.ts';
import { defaultDataFolder } from './default-data-folder.ts';

const HELP = `
What is read is what "rerig intake" reads: HiveOS, nvidia-smi, rocm-smi,
amd-smi, lspci, miners' APIs, benchmarks, your own list. Prices are those that
ship and those of "rerig prices"; every figure has its date and source.

Examples:
  $ rerig assess --example
  $ rerig assess outputs/ --electricity 0.08
  $ rerig assess outputs/ --explain "RTX 3060 Ti"
  $ rerig assess outputs/ --html report.html --csv cards.csv
  $ rerig intake --template > farm.csv   # fill it in; rerig assess farm.csv

Exits 0 where all was read, 1 where something was not.`;

/** `rerig assess FILE…`: what each card of a farm is worth, to AI and otherwise, and what to do first. */
export function assessCommand(): Command {
  return new Command('assess')
    .description('Tell what each card of a farm is worth, to AI work and otherwise, with reasons and what to do first.')
    .argument('[files...]', 'files, folders, or - for standard input')
    .option('--example', 'assess the example farm')
    .option('--explain <card>', 'all of one card: its id, its bus, or a part of its name')
    .option('--all', 'every card and every finding')
    .option('--json', 'print one JSON document')
    .option('--csv <file>', 'write a line a card to a file, or - to print it')
    .option('--html <file>', 'write a report with plots, to print or to send')
    .addOption(numberOption('--electricity <usd>', 'what a kilowatt-hour costs, in US dollars: 0.08', 0, 5))
    .addOption(numberOption('--utilisation <percent>', 'how much of the day there is AI work', 0, 100))
    .addOption(numberOption('--horizon <days>', 'days over which options are compared', 1, 3650))
    .option('--currency <code>', 'show amounts in this currency, such as EUR')
    .option('--prices <file>', 'a price file in place of your own ("rerig prices edit")')
    .option('--data <dir>', 'where "rerig prices" keeps yours', defaultDataFolder())
    .option('--rig <name>', 'all files are of this rig')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(assess);
}

function numberOption(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text: string) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is no number from ${least} to ${most}.`);
  });
}

async function assess(paths: readonly string[], options: AssessOptions, command: Command): Promise<void> {
  const { example = false, json = false, csv, explain } = options;
  if (!example && paths.length === 0) command.error("error: name files of your rigs' tools, or --example");
  if (example && paths.length > 0) command.error('error: --example takes no files');
  if (csv === '-' && (json || explain !== undefined)) command.error('error: --csv - prints the CSV alone');
  await runAssess(paths, options);
}
