import { FaultError, isFault } from '@rerig/domain/fault';
import { CommanderError } from 'commander';
import { rerigProgram } from './program.ts';
import { printFault } from './terminal.ts';

/** Exit statuses: 0 done, 1 a Fault, 2 wrong usage. */
const EXIT_FAULT = 1;
const EXIT_USAGE = 2;

/** What was typed, without the command that "rerig run" or "rerig serve-model" is to start. */
const ownWords = process.argv.slice(2, process.argv.includes('--') ? process.argv.indexOf('--') : undefined);

async function main(): Promise<void> {
  const asked = ownWords.find((argument) => !argument.startsWith('-'));
  await (await rerigProgram(asked)).parseAsync();
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
