import { workloadViewSchema } from '@rerig/api/agent';
import { Command, InvalidArgumentError } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';
import { askDoor } from './door/door-client.ts';
import { findWorkload } from './door/find-workload.ts';
import { reachAgent } from './door/reach-agent.ts';
import { readDuration } from './measures.ts';
import { orThrow } from './or-throw.ts';

const HELP = `
The workload is asked to end (SIGTERM), and killed with all that it started when
its time is over: what "rerig run --stop-within" gave it, or --within. Stopping
one that has ended does nothing.

Examples:
  $ rerig stop train-k3f9x
  $ rerig stop train --within 0       kill it at once`;

interface StopFlags {
  readonly data: string;
  readonly within?: number;
  readonly json?: boolean;
}

/** The longest grace of a workload, and what its end takes. */
const STOP_ANSWER_LIMIT_MS = 660_000;
const WITHIN_MS_MAX = 600_000;

/** `rerig stop`: ends workloads. */
export function stopCommand(): Command {
  return new Command('stop')
    .description('Stop workloads; what waits is taken out of the queue.')
    .argument('<ids...>', 'their ids, or the beginnings of them')
    .option('--within <time>', 'kill it after so long, in place of its own time', parseWithin)
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(stop);
}

async function stop(ids: readonly string[], { data, within, json = false }: StopFlags): Promise<void> {
  const { socketPath } = orThrow(await reachAgent(data));
  const meant = await Promise.all(ids.map(async (id) => orThrow(await findWorkload(socketPath, id))));
  const body = within === undefined ? {} : { withinMs: within };
  const stopped = await Promise.all(
    meant.map(async ({ workloadId }) => {
      const path = `/workloads/${workloadId}/stop`;
      const wish = { method: 'POST', path, body, limitMs: STOP_ANSWER_LIMIT_MS } as const;
      return orThrow(await askDoor(socketPath, wish, workloadViewSchema));
    }),
  );
  if (json) process.stdout.write(`${JSON.stringify({ workloads: stopped }, null, 2)}\n`);
  else for (const { workloadId, state } of stopped) process.stderr.write(`✔ ${workloadId}: ${state}\n`);
}

function parseWithin(text: string): number {
  const reading = readDuration(text);
  if ('wrong' in reading) throw new InvalidArgumentError(reading.wrong);
  if (reading.value > WITHIN_MS_MAX) throw new InvalidArgumentError('It must be at most 10m.');
  return reading.value;
}
