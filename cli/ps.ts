import { Command } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';

const HELP = `
Shows what holds cards or waits for some: jobs of "rerig run", and models that
"rerig up" serves. SINCE: how long it has been in its state.

Examples:
  $ rerig ps                  what runs and what waits
  $ rerig ps --all            also what has ended, with its status
  $ rerig ps --json | jq '.workloads[].workloadId'`;

interface PsFlags {
  readonly data: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** `rerig ps`: workloads, their state and their cards. */
export function psCommand(): Command {
  return new Command('ps')
    .description('List what runs on cards, and what waits for some.')
    .option('--all', 'also what has ended')
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(async ({ data, all = false, json = false }: PsFlags) => {
      const { showWorkloads } = await import('./ps/show-workloads.ts');
      await showWorkloads(data, all, json);
    });
}
