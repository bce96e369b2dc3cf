import { resolve } from 'node:path';
import { DOOR_PORT, joinFarm, type NamedCard } from '@rerig/agent/farm';
import { FaultError, isFault } from '@rerig/domain/fault';
import { Command, InvalidArgumentError } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';
import { listenForStop } from './stop-request.ts';

interface JoinOptions {
  readonly token: string;
  readonly rigId?: string;
  readonly card?: readonly NamedCard[];
  readonly install?: boolean;
  readonly data: string;
  readonly json?: boolean;
}

const HELP = `
It probes this machine, is let in by the head for its token, and starts slurmd.
The head proves itself by a certificate whose fingerprint is in the token, so
that the farm's key goes to nobody else, and comes from nobody else.

What it writes: /etc/munge/munge.key (what was there is kept beside it),
/etc/rerig/, and with systemd what slurmd's unit lacks. It makes the account
rerig-job, as whom jobs run. Slurm's configuration comes from the head, and is
never written here. Where a step fails, all of it is undone.

Examples:
  $ sudo rerig join 10.0.0.1 --token T --install
  $ sudo rerig join 10.0.0.1 --token T --rig-id hive-4
  $ sudo rerig join 10.0.0.1 --token T --card rx-580-8gb=/dev/dri/renderD128`;

/** `rerig join HEAD --token T`: this machine takes part in a farm. */
export function joinCommand(): Command {
  return new Command('join')
    .description('Join a farm with this machine: its head shows the command, by "rerig farm token".')
    .argument('<head>', 'address of the head, with :PORT where it is not 7413', parseHead)
    .requiredOption('--token <token>', 'of "rerig farm token"; works once, for a day')
    .option('--rig-id <id>', 'take part as this rig of the inventory')
    .option('--card <model=file>', 'a card that is not found by itself; repeatable', addCard)
    .option('--install', 'install missing packages with apt')
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(joinThisRig);
}

async function joinThisRig(
  head: { readonly address: string; readonly port: number },
  options: JoinOptions,
): Promise<void> {
  const { token, rigId, card = [], install = false, data, json = false } = options;
  const stop = listenForStop(() => process.stderr.write('· stopping, and undoing what was done\n'));
  const joined = await joinFarm({
    signal: stop.signal,
    dataFolder: resolve(data),
    ...{ head, token, namedCards: card, installs: install },
    ...(rigId === undefined ? {} : { rigId }),
    onStep: (text) => void process.stderr.write(`· ${text}\n`),
  });
  stop.forget();
  if (isFault(joined)) throw new FaultError(joined);
  const { clusterName, slurmName } = joined;
  if (json) process.stdout.write(`${JSON.stringify({ clusterName, slurmName, headAddress: joined.head.address })}\n`);
  process.stderr.write(`✔ this rig is ${slurmName} of ${clusterName}, and takes work. It leaves with "rerig leave".\n`);
}

/** `ADDRESS`, `ADDRESS:PORT` or `[IPv6]:PORT`. */
function parseHead(text: string): { readonly address: string; readonly port: number } {
  const [, bracketed, plain, portText] = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  const port = portText === undefined ? DOOR_PORT : Number(portText);
  if (address !== undefined && port >= 1 && port <= 65_535) return { address, port };
  throw new InvalidArgumentError('It must be an address, or ADDRESS:PORT, such as 10.0.0.1:7413.');
}

function addCard(text: string, others: readonly NamedCard[] = []): readonly NamedCard[] {
  const [, cardModelId, file] = /^([a-z0-9-]+)=(\/[\w./-]+)$/.exec(text) ?? [];
  if (cardModelId !== undefined && file !== undefined) return [...others, { cardModelId, file }];
  throw new InvalidArgumentError('It must be MODEL=FILE, such as rx-580-8gb=/dev/dri/renderD128.');
}
