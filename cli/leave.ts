import { resolve } from 'node:path';
import { leaveFarm } from '@rerig/agent/farm';
import { FaultError, isFault } from '@rerig/domain/fault';
import { Command, Option } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';
import { listenForStop } from './stop-request.ts';

interface LeaveOptions {
  readonly now?: boolean;
  readonly forget?: boolean;
  readonly data: string;
  readonly json?: boolean;
}

const HELP = `
It takes no new work, waits until what runs has ended, stops slurmd, has the
head forget this rig, and undoes what "rerig join" has done. Ctrl-C ends the
wait: the rig then stays in the farm without new work, until "rerig leave" is
run again.

Examples:
  $ sudo rerig leave
  $ sudo rerig leave --now       its work starts again on other rigs
  $ sudo rerig leave --forget    the head is gone: undo it here alone`;

/** `rerig leave`: this machine leaves its farm. */
export function leaveCommand(): Command {
  return new Command('leave')
    .description('Leave the farm with this machine, and undo what "rerig join" has done.')
    .option('--now', 'do not wait: what runs starts again elsewhere')
    .addOption(new Option('--forget', 'undo it here alone, without asking the head').conflicts('now'))
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(leaveThisFarm);
}

async function leaveThisFarm({ now = false, forget = false, data, json = false }: LeaveOptions): Promise<void> {
  const stop = listenForStop(() => process.stderr.write('· ending the wait\n'));
  const left = await leaveFarm({
    dataFolder: resolve(data),
    mode: forget ? 'forget' : now ? 'now' : 'drain',
    onStep: (text) => void process.stderr.write(`· ${text}\n`),
    signal: stop.signal,
  });
  stop.forget();
  if (isFault(left)) throw new FaultError(left);
  const { clusterName, slurmName } = left;
  if (json) process.stdout.write(`${JSON.stringify({ clusterName, slurmName })}\n`);
  process.stderr.write(`✔ ${slurmName} has left ${clusterName}.\n`);
}
