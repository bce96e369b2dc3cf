import { assessFleet } from '@rerig/domain/fleet';
import { Command } from 'commander';
import { toFleetDocument } from './fleet/fleet-document.ts';
import { renderFleet, renderFleetEntries } from './fleet/render-fleet.ts';
import { columnCount } from './terminal.ts';

interface FleetOptions {
  readonly json?: boolean;
  readonly explain?: boolean;
}

const HELP = `
The fleet is a reconstruction: what rigs on one pool called themselves in 2021,
and three figures of HiveOS. Each card goes through the grading that your own
go through, as sold: nothing is known of the rig around it.

Examples:
  $ rerig fleet             what share converts, by which bar
  $ rerig fleet --explain   every card of it: share, model, grade, speed
  $ rerig fleet --json      all of both, with sources`;

/** `rerig fleet`: what share of the cards that mined Ethereum does AI work, and by which bar. */
export function fleetCommand(): Command {
  return new Command('fleet')
    .description('Tell what share of the Ethereum fleet of 2021 can do AI work, under each bar and by two counts.')
    .option('--explain', 'list the cards: share, model, grade, 8B tokens/s')
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(fleet);
}

function fleet({ json = false, explain = false }: FleetOptions): void {
  const assessed = assessFleet();
  if (json) process.stdout.write(`${JSON.stringify(toFleetDocument(assessed), null, 2)}\n`);
  else
    process.stdout.write(explain ? renderFleetEntries(assessed, columnCount()) : renderFleet(assessed, columnCount()));
}
