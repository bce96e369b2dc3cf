import { cardListSchema } from '@rerig/api/agent';
import { FaultError, isFault } from '@rerig/domain/fault';
import { Command } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';
import { askDoor } from './door/door-client.ts';
import { reachAgent } from './door/reach-agent.ts';
import { columnCount } from './terminal.ts';

const HELP = `
GRADE: what AI work it can do, A the most. LINK: what its PCIe link moves one
way.
STATE: free, the workload that holds it, or why nothing starts there.

Examples:
  $ rerig cards
  $ rerig drain rig-1/01:00.0 --why "fan is loud"
  $ rerig resume rig-1/01:00.0`;

interface CardsFlags {
  readonly data: string;
  readonly json?: boolean;
}

/** `rerig cards`: every card that jobs can run on, what it can do, and who holds it. */
export function cardsCommand(): Command {
  return new Command('cards')
    .description('List the cards that jobs run on: what each can do, and who holds it.')
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(cards);
}

async function cards({ data, json = false }: CardsFlags): Promise<void> {
  const reached = await reachAgent(data);
  if (isFault(reached)) throw new FaultError(reached);
  const listed = await askDoor(reached.socketPath, { path: '/cards' }, cardListSchema);
  if (isFault(listed)) throw new FaultError(listed);
  if (json) process.stdout.write(`${JSON.stringify(listed, null, 2)}\n`);
  else {
    const { renderCards } = await import('./cards/render-cards.ts');
    process.stdout.write(renderCards(listed.cards, columnCount()));
  }
}
