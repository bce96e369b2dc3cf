import { FaultError, isFault } from '@rerig/domain/fault';
import { Command, CommanderError } from 'commander';
import { printFault } from './terminal.ts';
import { version } from './version.ts';

/** Exit statuses: 0 done, 1 a Fault, 2 wrong usage. */
const EXIT_FAULT = 1;
const EXIT_USAGE = 2;

/** What was typed, without the command that "rerig run" or "rerig serve-model" is to start. */
const ownWords = process.argv.slice(2, process.argv.includes('--') ? process.argv.indexOf('--') : undefined);

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
  $ rerig up                                  start everything on this machine
  $ rerig up --inventory rig1.json rig2.json  show your farm instead of the example
  $ rerig probe                               what this machine has
  $ rerig intake outputs/                     what your rigs' tools say they have
  $ rerig assess outputs/ --html report.html  what each card is worth
  $ rerig predict "GTX 1080 Ti"               what fits a card, and how fast
  $ rerig fleet                               what share of Ethereum's cards converts
  $ rerig models add hf:ORG/REPO              fetch a model that fits your cards
  $ rerig run --vram 8GB -- python3 train.py  a job on a card that does
  $ rerig ps                                  what runs, and on which cards
  $ rerig prices show                         what money is reckoned by, with its age
  $ rerig keys list                           API keys, their limits and what they used
  $ rerig farm init --executor slurm          many rigs, under Slurm
  $ rerig serve-model model.gguf              one model on one card, by hand
  $ rerig ledger check                        prove that the books are right

"rerig COMMAND --help" says more of each.`;

async function main(): Promise<void> {
  const program = new Command('rerig')
    .description('Turns a mining farm into an AI cloud: grades every card, puts it to work, meters and pays for it.')
    .version(version())
    .addHelpText('after', HELP)
    .exitOverride()
    .configureHelp({ helpWidth: 80 });
  const asked = ownWords.find((argument) => !argument.startsWith('-'));
  for (const [name, load] of Object.entries(commands)) {
    if (asked === undefined || asked === name || asked === 'help' || !(asked in commands))
      program.addCommand(await load());
  }
  program.commands.forEach(throwOnUsage);
  await program.parseAsync();
}

/** Wrong usage of a command, or of one below it, is thrown, and ends with its status. */
function throwOnUsage(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwOnUsage);
}

// A reader that has seen enough closes the pipe (`| head`): that is no fault. `up` goes on without its words, as what it
// started must be stopped in order, and `run` stops its job.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (!ownWords.includes('up') && !ownWords.includes('run')) process.exit(0);
});

try {
  await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else if (error instanceof FaultError && isFault(error.fault)) {
    printFault(error.fault, ownWords.includes('--json'));
    process.exitCode = EXIT_FAULT;
  } else throw error;
}
