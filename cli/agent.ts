import { FaultError, isFault } from '@rerig/domain/fault';
import { Command, InvalidArgumentError } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';
import { findAgent, reachAgent, takeOverFromAgent } from './door/reach-agent.ts';
import { readDuration } from './measures.ts';

interface AgentFlags {
  readonly data: string;
  readonly foreground?: boolean;
  readonly idle?: number | null;
  readonly end?: boolean;
  readonly json?: boolean;
}

const HELP = `
The agent starts the jobs of a data folder, keeps their logs, and takes up what
still runs when it is started again. "rerig run" starts one by itself where none
runs; it ends itself after 10 minutes without a job or a question. "rerig up" is
one too. Jobs outlive it: they end when they are through, or are stopped.

Its door is DATA/run/agent.sock: HTTP, for this user alone.

Examples:
  $ rerig agent                       start one in the background
  $ rerig agent --foreground          here, until Ctrl-C
  $ rerig agent --end                 end the one in the background; jobs go on`;

/** `rerig agent`: what starts jobs, in the background or in sight. */
export function agentCommand(): Command {
  return new Command('agent')
    .description('Start the agent that runs jobs on this machine, in the background or in sight.')
    .option('--foreground', 'run here, until Ctrl-C')
    .option('--idle <time>', 'in the foreground: end after so long without work, or "never"', parseIdle)
    .option('--end', 'end the agent that runs in the background; its jobs go on')
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP)
    .action(agent);
}

async function agent({ data, foreground = false, idle = null, end = false, json = false }: AgentFlags): Promise<void> {
  if (foreground) {
    const { runAgent } = await import('./agent/run-agent.ts');
    return runAgent({ dataFolder: data, idleMs: idle, isJson: json });
  }
  if (end) return endAgent(data, json);
  const reached = await reachAgent(data);
  if (isFault(reached)) throw new FaultError(reached);
  const { socketPath, view, isFresh } = reached;
  if (json) process.stdout.write(`${JSON.stringify({ socketPath, isFresh, ...view }, null, 2)}\n`);
  else process.stdout.write(`Agent ${view.processId}, executor ${view.executor}, at ${socketPath}\n`);
}

async function endAgent(dataFolder: string, isJson: boolean): Promise<void> {
  const found = await findAgent(dataFolder);
  const refused = found === null ? null : await takeOverFromAgent(dataFolder);
  if (refused !== null) throw new FaultError(refused);
  const isEnded = found?.view.isTransient ?? false;
  if (isJson) process.stdout.write(`${JSON.stringify({ isEnded }, null, 2)}\n`);
  else process.stderr.write(`${endText(found?.view.isTransient)}\n`);
}

function endText(isTransient: boolean | undefined): string {
  if (isTransient === undefined) return 'No agent runs.';
  return isTransient ? '✔ Ended; jobs that run go on.' : 'The agent that runs belongs to "rerig up": end that.';
}

function parseIdle(text: string): number | null {
  if (text === 'never') return null;
  const reading = readDuration(text);
  if ('value' in reading && reading.value > 0) return reading.value;
  throw new InvalidArgumentError('It must be a time, like 10m, or "never".');
}
