import { Command } from 'commander';
import { columnCount, wrap } from './terminal.ts';
import { version } from './version.ts';

/** Each command's module is loaded only when it is asked for, so that `rerig probe` does not pay for `rerig up`. */
const commands = {
  up: async () => (await import('./up.ts')).upCommand(),
  probe: async () => (await import('./probe.ts')).probeCommand(),
  intake: async () => (await import('./intake.ts')).intakeCommand(),
  assess: async () => (await import('./assess.ts')).assessCommand(),
  predict: async () => (await import('./predict.ts')).predictCommand(),
  fleet: async () => (await import('./fleet.ts')).fleetCommand(),
  models: async () => (await import('./models.ts')).modelsCommand(),
  prices: async () => (await import('./prices.ts')).pricesCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  run: async () => (await import('./run.ts')).runCommand(),
  ps: async () => (await import('./ps.ts')).psCommand(),
  logs: async () => (await import('./logs.ts')).logsCommand(),
  stop: async () => (await import('./stop.ts')).stopCommand(),
  cards: async () => (await import('./cards.ts')).cardsCommand(),
  drain: async () => (await import('./drain.ts')).drainCommand(),
  resume: async () => (await import('./drain.ts')).resumeCommand(),
  agent: async () => (await import('./agent.ts')).agentCommand(),
  farm: async () => (await import('./farm.ts')).farmCommand(),
  join: async () => (await import('./join.ts')).joinCommand(),
  leave: async () => (await import('./leave.ts')).leaveCommand(),
  'serve-model': async () => (await import('./serve-model.ts')).serveModelCommand(),
  ledger: async () => (await import('./ledger.ts')).ledgerCommand(),
} as const;

const HELP = `
Examples:
  $ rerig up                                  start all on this machine
  $ rerig up --inventory rig1.json rig2.json  show your farm, not the example
  $ rerig probe                               what this machine has
  $ rerig intake outputs/                     what your rigs' tools say of them
  $ rerig assess outputs/ --html report.html  what each card is worth
  $ rerig predict "GTX 1080 Ti"               what fits a card, and how fast
  $ rerig fleet                               how much of Ethereum's fleet fits
  $ rerig models add hf:ORG/REPO              fetch a model that fits your cards
  $ rerig run --vram 8GB -- python3 train.py  a job on a card that does
  $ rerig ps                                  what runs, and on which cards
  $ rerig prices show                         by what money is reckoned
  $ rerig keys list                           API keys, their limits and use
  $ rerig farm init --executor slurm          many rigs, under Slurm
  $ rerig serve-model model.gguf              one model on one card, by hand
  $ rerig ledger check                        prove that the books are right

"rerig COMMAND --help" says more of each.`;

/**
 * The command "rerig" with the one below it that is asked for, or with all of them where none is. Wrong usage is thrown, of each
 * command and of those below it, once it has been told in lines that fit the terminal.
 */
export async function rerigProgram(asked: string | undefined): Promise<Command> {
  const program = new Command('rerig')
    .description('Turns a mining farm into an AI cloud: grades every card, puts it to work, meters and pays for it.')
    .version(version())
    .addHelpText('after', HELP)
    .configureHelp({ helpWidth: 80 });
  for (const [name, load] of Object.entries(commands)) {
    if (asked === undefined || asked === name || asked === 'help' || !(asked in commands))
      program.addCommand(await load());
  }
  throwOnUsage(program);
  return program;
}

function throwOnUsage(command: Command): void {
  command.exitOverride();
  command.configureOutput({ outputError: (text, write) => write(fitted(text)) });
  command.commands.forEach(throwOnUsage);
}

function fitted(text: string): string {
  return text
    .split('\n')
    .map((line) => wrap(line, columnCount()).join('\n'))
    .join('\n');
}
