import { join } from 'node:path';
import { FaultError } from '@rerig/domain/fault';
import { Command, InvalidArgumentError } from 'commander';
import { defaultDataFolder } from './data-folder.ts';
import { runUp } from './up/run-up.ts';
import { parseWatchedServer, type WatchedServer } from './up/watched-server.ts';

interface UpFlags {
  readonly port?: number;
  readonly data: string;
  readonly inventory?: readonly string[];
  readonly example?: boolean;
  readonly model?: readonly [string, ...string[]];
  readonly server?: readonly WatchedServer[];
  readonly keepWarm: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** A quarter of an hour: a customer who comes back after a pause waits for no start. */
const KEEP_WARM_MINUTES = 15;
const KEEP_WARM_MINUTES_MAX = 10_080;
const SHIPPED_MODEL = join(import.meta.dirname, '../training/model/rigger-5m.gguf');

const HELP = `
Starts the exchange (with a private PostgreSQL), this machine's agent and a
model server on its best card, then sends one request as a demo customer would
and shows what it was metered, charged and paid. Goes on until Ctrl-C; start it
again and it goes on from what was stored.

Examples:
  $ rerig up                                  the example farm, a free port
  $ rerig up --inventory hello.json stats.json
                                              what your rigs' HiveOS agents send
  $ rerig up --model llama-3.2-1b-q4_k_m.gguf serve another model
  $ rerig up --model qwen3-8b --model tiny.gguf
                                              several, which share the cards:
                                              each starts when it is asked for
  $ rerig up --server http://127.0.0.1:11434=llama3
                                              sell what Ollama serves as well
  $ rerig up --once --json > run.json         for scripts: show once, and end`;

/** `rerig up`, the main job: everything on this machine. */
export function upCommand(): Command {
  return new Command('up')
    .description(
      'Start everything on this machine: exchange, agent, a model on its best card, and a first paid answer.',
    )
    .option('--port <number>', 'listen on this port of 127.0.0.1 (else the last one, or a free one)', parsePort)
    .option('--data <dir>', 'keep state here', defaultDataFolder())
    .option('--inventory <files...>', 'the farm to show: messages of HiveOS’s agent, told by their content')
    .option('--example', 'show the example farm, also where another was shown before')
    .option('--model <model>', 'serve this: a GGUF file, or a name of "rerig models list"; repeatable', gather)
    .option('--server <url=name>', 'serve what another server there serves; repeatable', gatherServers)
    .option('--keep-warm <minutes>', 'how long an idle model keeps its card', parseMinutes, KEEP_WARM_MINUTES)
    .option('--once', 'end after the demonstration')
    .option('--json', 'print one JSON document on stdout once all is up')
    .addHelpText('after', HELP)
    .action(up);
}

async function up(flags: UpFlags): Promise<void> {
  const { port = null, data, inventory = [], example = false, once = false, json = false } = flags;
  const { model = [SHIPPED_MODEL], server = [], keepWarm } = flags;
  try {
    await runUp({
      port,
      dataFolder: data,
      inventory: { paths: inventory, wantsExample: example },
      models: model,
      servers: server,
      keepWarmMs: keepWarm * 60_000,
      isOnce: once,
      isJson: json,
    });
  } catch (error) {
    // A stop that was asked for is no failure: what was opened is closed, and the status is that of the signal.
    if (error instanceof FaultError && error.fault.code === 'stopped') process.exitCode = 130;
    throw error;
  }
}

function gather(model: string, before: readonly string[] = []): readonly string[] {
  return [...before, model];
}

function gatherServers(text: string, before: readonly WatchedServer[] = []): readonly WatchedServer[] {
  return [...before, parseWatchedServer(text)];
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (/^\d{1,5}(\.\d+)?$/.test(text) && minutes <= KEEP_WARM_MINUTES_MAX) return minutes;
  throw new InvalidArgumentError(`It must be a number of minutes from 0 to ${KEEP_WARM_MINUTES_MAX}.`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 1 to 65535.');
}
