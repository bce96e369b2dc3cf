import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';
import { type JobField, jobFields } from './run/job-fields.ts';

const HELP = `
The command comes after "--". It runs with this shell's PATH, in this folder, on
cards that nothing else uses meanwhile; it waits where all that would do are
held (--no-queue refuses instead). Its lines are printed as they come. Ctrl-C
asks it to end, Ctrl-C again kills it, and its status is passed on: 128 + n for
signal n. It gets no input: what is piped in here does not reach it.

Examples:
  $ rerig run -- nvidia-smi                     on any card
  $ rerig run --vram 8GB --route cuda -- python3 train.py
  $ rerig run --detach --name train --output out -- ./train.sh
  $ rerig run --image debian:12 --memory 4GB -- cat /etc/os-release
  $ rerig run --ranks 4 -- python3 ddp.py       with torchrun's variables
  $ rerig run --vram 24GB --dry-run -- true     which cards, and why no others
  $ rerig run --example > job.yaml && rerig run job.yaml`;

/** `rerig run`: a command on cards that can do it, by flags or by a job file. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('Run a command on a card that can do it, by flags or by a job file.')
    .argument('[job]', 'a job file (.yaml), or "--" and the command')
    .argument('[words...]', 'the command, after "--"')
    .usage('[options] -- COMMAND …\n       rerig run [options] job.yaml');
  for (const field of jobFields) addOption(command, field);
  return command
    .option('--detach', 'print its id and end; it goes on')
    .option('--dry-run', 'show which cards it would get, and why no others')
    .option('--example', 'print a job file with every key')
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document; the log goes to stderr')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(async (_job, _words, flags) => {
      const words = wordsOf(command);
      const [job, ...others] = words.before;
      if (job !== undefined && (others.length > 0 || !/\.ya?ml$/i.test(job))) command.error(misplaced(words.before));
      const { runJob } = await import('./run/run-job.ts');
      process.exitCode = await runJob(flags, job, words.after);
    });
}

/** What stands before "--", without flags, and what stands after it. */
function wordsOf(command: Command): { readonly before: readonly string[]; readonly after: readonly string[] } {
  const at = process.argv.indexOf('--');
  const after = at < 0 ? [] : process.argv.slice(at + 1);
  return { before: command.args.slice(0, command.args.length - after.length), after };
}

function misplaced(words: readonly string[]): string {
  const command = words.join(' ');
  return (
    `error: "${command}" is no job file, which ends in .yaml, and a command comes after "--".\n` +
    `Write: rerig run [options] -- ${command}`
  );
}

function addOption(command: Command, { key, shape, value, help, read }: JobField): void {
  const readHere = (texts: readonly string[]) => {
    const reading = read(texts, process.cwd());
    if ('wrong' in reading) throw new InvalidArgumentError(reading.wrong);
    return texts;
  };
  if (shape === 'switch') {
    // Both ways, so that the command line can overrule a job file.
    command
      .option(`--${key}`, help)
      .addOption(new Option(`--no-${key}`, 'refuse where they are held').hideHelp(key !== 'queue'));
    return;
  }
  const gather = (text: string, before: readonly string[] = []) =>
    readHere(shape === 'text' ? [text] : [...before, text]);
  command.option(`--${key} ${value}`, help, gather);
}
