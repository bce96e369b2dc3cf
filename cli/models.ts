import { Command, InvalidArgumentError } from 'commander';
import { defaultDataFolder } from './default-data-folder.ts';

const ADD_HELP = `
SOURCE is a path, an http(s) URL, hf:ORG/REPO/FILE of the hub, hf:ORG/REPO to
list what a repository has, or farm:HOST:PORT/NAME of another rig's
"rerig models serve". A file in parts (x-00001-of-00003.gguf) is added whole.
HF_TOKEN is sent to the hub, HF_ENDPOINT names another. A transfer that was
cut off or stopped goes on where it was when the same command is given again.

Examples:
  $ rerig models add hf:Qwen/Qwen3-8B-GGUF
  $ rerig models add hf:Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf --name qwen3-8b
  $ rerig models add https://example.org/model.gguf --sha256 9f86d0…
  $ rerig models add ~/model.gguf
  $ rerig models add farm:10.0.0.4:7411/qwen3-8b --token T

Exits 0 where it is added, 1 where not, 2 where a file is still to be named.`;

const HELP = `
Examples:
  $ rerig models add hf:ORG/REPO/FILE     fetch one, once it is known to fit
  $ rerig models list                     what there is, and which cards hold it
  $ rerig models serve --listen 0.0.0.0   share them with the other rigs`;

/** `rerig models`: the models of this machine: fetched, kept once by their hash, shared with the farm. */
export function modelsCommand(): Command {
  const models = new Command('models')
    .description('Fetch models, keep each once by its hash, and share them with the rigs of the farm.')
    .configureHelp({ helpWidth: 80 })
    .addHelpText('after', HELP);
  addCommand(models);
  listCommands(models);
  keepCommands(models);
  serveCommand(models);
  return models;
}

function addCommand(models: Command): void {
  begin(models, 'add', 'Fetch or take in a model; says what it is, and which cards it fits, before the rest has come.')
    .argument('<source>', 'a path, a URL, hf:ORG/REPO/FILE or farm:HOST:PORT/NAME')
    .option('--name <name>', 'what it is called here (default: as its file)')
    .option('--revision <r>', 'the hub’s branch, tag or commit (default: main)')
    .option('--sha256 <hash>', 'refuse a file of another hash')
    .option('--token <token>', 'of the machine that shares (or RERIG_MODELS_TOKEN)')
    .option('--copy', 'copy a local file, where it would get a second name')
    .option('--anyway', 'also where it fits no card')
    .option('--inventory <files...>', 'hold it against this farm, not this machine')
    .addHelpText('after', ADD_HELP)
    .action(async (source, options) => (await import('./models/add.ts')).addModel(source, options));
}

function listCommands(models: Command): void {
  begin(models, 'list', 'List the models: size, quantisation, context, and which cards hold them.')
    .option('--inventory <files...>', 'hold them against this farm, not this machine')
    .action(async (options) => (await import('./models/list.ts')).listModels(options));
  begin(models, 'show', 'Show all of one model.')
    .argument('<name>', 'the model')
    .option('--inventory <files...>', 'hold it against this farm, not this machine')
    .action(async (name, options) => (await import('./models/list.ts')).showModel(name, options));
}

function keepCommands(models: Command): void {
  begin(models, 'remove', 'Remove a model; refused while a process here was started with it.')
    .argument('<name>', 'the model')
    .action(async (name, options) => (await import('./models/keep.ts')).removeModel(name, options));
  begin(models, 'verify', 'Read every byte of a model, or of all, and compare the hashes.')
    .argument('[name]', 'the model (default: all)')
    .action(async (name, options) => (await import('./models/keep.ts')).verifyModels(name, options));
}

function serveCommand(models: Command): void {
  begin(models, 'serve', 'Share the models with the rigs of the farm until Ctrl-C.')
    .option('--listen <address:port>', 'where (default: 127.0.0.1:7411)', parseListen, {
      address: '127.0.0.1',
      port: 7411,
    })
    .option('--token <token>', 'what others must give (or RERIG_MODELS_TOKEN; default: a random one, shown)')
    .action(async (options) => (await import('./models/serve.ts')).serveModels(options));
}

/** What all of them have. */
function begin(models: Command, name: string, description: string): Command {
  return models
    .command(name)
    .description(description)
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 })
    .exitOverride();
}

/** `ADDRESS`, `ADDRESS:PORT` or `[IPv6]:PORT`. */
function parseListen(text: string): { readonly address: string; readonly port: number } {
  const [, bracketed, plain, portText] = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  const port = portText === undefined ? 7411 : Number(portText);
  if (address !== undefined && port <= 65_535) return { address, port };
  throw new InvalidArgumentError('It must be ADDRESS:PORT, such as 0.0.0.0:7411.');
}
