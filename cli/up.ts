import { basename, join, resolve } from 'node:path';
import { FaultError } from '@rerig/domain/fault';
import { Command, InvalidArgumentError } from 'commander';
import { defaultDataFolder } from './data-folder.ts';
import { runUp } from './up/run-up.ts';

interface UpFlags {
  readonly port?: number;
  readonly data: string;
  readonly inventory?: readonly string[];
  readonly example?: boolean;
  readonly model: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

const SHIPPED_MODEL = join(import.meta.dirname, '../training/model/rigger-5m.gguf');

const HELP = `
Starts the exchange (with a private PostgreSQL), this machine's agent and a model
server on its best card, then sends one request as a demo customer would and shows
what it was metered, charged and paid. Goes on until Ctrl-C; start it again and it
goes on from what was stored.

Examples:
  $ rerig up                                  the example farm, a free port
  $ rerig up --inventory hello.json stats.json
                                              your farm: what HiveOS's agent sends
  $ rerig up --model llama-3.2-1b-q4_k_m.gguf serve another model
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
    .option('--model <file>', 'a GGUF file to serve', SHIPPED_MODEL)
    .option('--once', 'end after the demonstration')
    .option('--json', 'print one JSON document on stdout once all is up')
    .addHelpText('after', HELP)
    .action(up);
}

async function up(flags: UpFlags): Promise<void> {
  const { port = null, data, inventory = [], example = false, model, once = false, json = false } = flags;
  const modelPath = resolve(model);
  try {
    await runUp({
      port,
      dataFolder: data,
      inventory: { paths: inventory, wantsExample: example },
      file: { modelPath, modelName: basename(modelPath).replace(/\.gguf$/i, '') },
      isOnce: once,
      isJson: json,
    });
  } catch (error) {
    // A stop that was asked for is no failure: what was opened is closed, and the status is that of the signal.
    if (error instanceof FaultError && error.fault.code === 'stopped') process.exitCode = 130;
    throw error;
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 1 to 65535.');
}
