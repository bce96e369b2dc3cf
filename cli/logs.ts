import { Command } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';

const HELP = `
The id may be cut short, as long as one workload alone begins so, or one alone
of those that have not ended. The last 4,000 lines are kept, 512 kB at most:
what is older is said to be missing. Of a gang, each line begins with its rank.

Examples:
  $ rerig logs train-k3f9x
  $ rerig logs train --follow         until it has ended
  $ rerig logs train --follow --json  one JSON record a line`;

interface LogsFlags {
  readonly data: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** `rerig logs`: what a workload has written. */
export function logsCommand(): Command {
  return new Command('logs')
    .description('Show what a workload has written, or follow it to its end.')
    .argument('<id>', 'its id, or the beginning of it')
    .option('-f, --follow', 'go on until it has ended')
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print NDJSON: parts of the log, and the workload')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(async (id: string, { data, follow = false, json = false }: LogsFlags) => {
      const { showLogs } = await import('./logs/show-logs.ts');
      await showLogs(id, { dataFolder: data, isFollowing: follow, isJson: json });
    });
}
