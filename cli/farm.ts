import { isIPv4, isIPv6 } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';
import { readDuration } from './measures.ts';

const INIT_HELP = `
It shows what it would change, as a diff, and asks before it does. What is there
is kept beside it as a backup. Run again, it changes what is to change and
nothing else; jobs go on. The rigs of the inventory are listed for Slurm, and
each takes part once it has joined.

What it writes: /etc/slurm/{slurm,gres,cgroup}.conf, /etc/munge/munge.key where
there is none, the key of slurmrestd's tokens, and with systemd what its units
lack. It makes the accounts rerig-rest and rerig-job, and starts munged,
slurmctld and slurmrestd.

Examples:
  $ rerig farm init --executor slurm --address 10.0.0.1 --install
  $ rerig farm init --executor slurm --inventory outputs/ --dry-run
  $ rerig farm serve &
  $ rerig farm token                 on the head: what a rig is to type`;

const HELP = `
Examples:
  $ rerig farm init --executor slurm --address 10.0.0.1
  $ rerig farm serve                 the door at which rigs join and leave
  $ rerig farm token                 a command for one rig, good for a day
  $ rerig farm status                parts, rigs and their cards
  $ rerig farm remove rig-07         a rig that will not come back

docs/farm.md leads through all of it.`;

/** `rerig farm`: a farm of many rigs under Slurm, from its head. */
export function farmCommand(): Command {
  const farm = new Command('farm')
    .description('Make a farm of many rigs under Slurm, let rigs in, and see how it stands.')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP);
  initCommand(farm);
  begin(farm, 'serve', 'Open the door at which rigs join and leave, until Ctrl-C.')
    .option('--listen <address>', 'where (default: every address of this machine)', '0.0.0.0')
    .action(async (options) => (await import('./farm/serve.ts')).serveFarm(options));
  begin(farm, 'token', 'Make a token by which one rig can join within 24 hours.').action(async (options) =>
    (await import('./farm/token.ts')).showToken(options),
  );
  begin(farm, 'status', 'Show the parts of the farm, its rigs and their cards.').action(async (options) =>
    (await import('./farm/status.ts')).showStatus(options),
  );
  begin(farm, 'start', 'Start what does not run of the head.').action(async (options) =>
    (await import('./farm/parts.ts')).startParts(options),
  );
  begin(farm, 'stop', 'Stop Slurm on the head; jobs on rigs go on, and are found again.').action(async (options) =>
    (await import('./farm/parts.ts')).stopParts(options),
  );
  begin(farm, 'remove', 'Forget a rig that will not come back to leave by itself.')
    .argument('<rig>', 'its id, or its name in Slurm')
    .action(async (rig, options) => (await import('./farm/remove.ts')).removeFarmRig(rig, options));
  return farm;
}

function initCommand(farm: Command): void {
  begin(farm, 'init', 'Make this machine the head of a farm, or bring its configuration up to date.')
    .addOption(new Option('--executor <name>', 'what schedules the farm').choices(['slurm']).makeOptionMandatory())
    .option('--inventory <files...>', 'its rigs (default: what "rerig up" was given)')
    .option('--address <address>', 'by which rigs reach this machine (default: its first)', headAddress)
    .option('--name <name>', 'of the farm, in Slurm (default: rerig)', clusterName)
    .option('--rigs-max <n>', 'room for so many rigs (default: 1024)', rigCount)
    .addOption(
      new Option('--fence <kind>', 'how jobs are kept apart (default: autodetect)').choices([
        'autodetect',
        'cgroup/v1',
        'cgroup/v2',
        'none',
      ]),
    )
    .option('--suspend-program <path>', 'puts rigs without work to sleep; "off": never', program)
    .option('--resume-program <path>', 'wakes them', program)
    .option('--suspend-after <time>', 'without work for so long: 10m (default)', suspendAfter)
    .option('--install', 'install missing packages with apt')
    .option('--replace', 'also where a Slurm is set up that is not Rerig’s')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--yes', 'change it without asking')
    .addHelpText('after', INIT_HELP)
    .action(async (options) => (await import('./farm/init.ts')).initFarm(options));
}

function begin(farm: Command, name: string, description: string): Command {
  return farm
    .command(name)
    .description(description)
    .configureHelp({ helpWidth: 80 })
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document');
}

/** An address, or a name that rigs can resolve. */
function headAddress(text: string): string {
  const isNumbers = /^[\d.]+$/.test(text);
  if (isNumbers ? isIPv4(text) : isIPv6(text) || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(text)) return text;
  throw new InvalidArgumentError('It must be an address or a name of this machine, such as 10.0.0.1.');
}

function program(text: string): string {
  if (text === 'off' || /^\/[\w./-]+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the whole path of a program, such as /opt/wake-rigs.');
}

/** Slurm looks once a minute. */
const SUSPEND_AFTER_MS_MIN = 60_000;

function suspendAfter(text: string): number {
  const read = readDuration(text);
  if ('wrong' in read) throw new InvalidArgumentError(read.wrong);
  if (read.value >= SUSPEND_AFTER_MS_MIN) return read.value;
  throw new InvalidArgumentError('It must be a minute at least: 10m.');
}

function clusterName(text: string): string {
  if (/^[a-z][a-z0-9-]{0,38}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 39 small letters, digits and "-", with a letter first.');
}

/** Slurm's controller keeps a record for each rig that may come. */
const RIGS_MAX = 5000;

function rigCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= RIGS_MAX) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${RIGS_MAX}.`);
}
