import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { Command } from 'commander';
import { chooseModel } from './chosen-model.ts';
import { defaultDataFolder } from './default-data-folder.ts';

const EXIT_USAGE = 2;
const NAME = 'serve-model';
const LISTEN = '127.0.0.1:8080';

const HELP = `Usage: rerig serve-model MODEL [options]
       rerig serve-model --name NAME --server URL [options]
       rerig serve-model --name NAME [options] -- COMMAND …

Serves one model on one card of this machine, OpenAI-compatible: MODEL is a GGUF
file, or a name of "rerig models list". Or makes a replica of another server:
one that runs at URL, or one that COMMAND starts.

  --listen ADDRESS       127.0.0.1:8080 (default) or unix:/path.sock
  --data DIR             the data folder with the models

Examples:
  $ rerig serve-model qwen3-8b --route vulkan
  $ rerig serve-model model.gguf --listen 127.0.0.1:9000 --parallel 4
  $ rerig serve-model --server http://127.0.0.1:11434 --name llama3
  $ rerig serve-model --name qwen -- vllm serve Qwen/Qwen3-8B --port {port}
  $ rerig serve-model --name tgi -- podman run --rm -p {port}:80 IMAGE

`;

/** `rerig serve-model`: one replica by hand, ours or another server. Its flags are those of what it starts. */
export function serveModelCommand(): Command {
  return new Command(NAME)
    .description('Serve one model on one card, or make a replica of another server.')
    .argument('[values...]', 'a model, then flags: see rerig serve-model --help')
    .allowUnknownOption()
    .helpOption(false)
    .action(async () => {
      // As they were typed: a command after "--" is not ours to read.
      process.exitCode = await serve(process.argv.slice(process.argv.indexOf(NAME) + 1));
    });
}

async function serve(values: readonly string[]): Promise<number> {
  const end = values.indexOf('--');
  const own = end < 0 ? values : values.slice(0, end);
  if (own.includes('--help') || own.includes('-h') || values.length === 0) return printHelp(values.length === 0);
  const isForeign = end >= 0 || own.some((value) => value === '--server' || value.startsWith('--server='));
  return isForeign ? serveForeign(values) : serveOurs(values);
}

async function printHelp(isWrongUsage: boolean): Promise<number> {
  const { SERVE_MODEL_HELP } = await import('@rerig/model-server/serve-model');
  const { FOREIGN_SERVER_HELP } = await import('@rerig/model-server/foreign-server');
  const text = [HELP, flagsOf(SERVE_MODEL_HELP), 'For another server:\n\n', flagsOf(FOREIGN_SERVER_HELP)].join('');
  (isWrongUsage ? process.stderr : process.stdout).write(text);
  return isWrongUsage ? EXIT_USAGE : 0;
}

/** The flags of a program's help, without what it says of its own path. */
function flagsOf(help: string): string {
  return `${help
    .split('\n')
    .filter((line) => /^ {2}(--| {10})/.test(line))
    .join('\n')}\n\n`;
}

async function serveForeign(values: readonly string[]): Promise<number> {
  const { parseForeignServerArguments, serveForeignServer } = await import('@rerig/model-server/foreign-server');
  const options = parseForeignServerArguments(values);
  if (options === 'help') return printHelp(false);
  if (isFault(options)) return refuseUsage(options);
  return serveForeignServer(options, { ...streams(), stop: stopSignal() });
}

async function serveOurs(values: readonly string[]): Promise<number> {
  const { dataFolder, rest } = takeData(values);
  const [model, ...flags] = rest;
  const named = model === undefined || model.startsWith('-') ? rest : await withModel(model, flags, dataFolder);
  if (isFault(named)) throw new FaultError(named);
  const { parseServeModelArguments, serveModel } = await import('@rerig/model-server/serve-model');
  const listen = hasFlag(named, '--listen') ? [] : ['--listen', LISTEN];
  const options = parseServeModelArguments([...named, ...listen]);
  if (options === 'help') return printHelp(false);
  if (isFault(options)) return refuseUsage(options);
  return serveModel(options, { ...streams(), stop: stopSignal() });
}

async function withModel(
  model: string,
  flags: readonly string[],
  dataFolder: string,
): Promise<readonly string[] | Fault> {
  const chosen = await chooseModel(model, dataFolder);
  if (isFault(chosen)) return chosen;
  const name = hasFlag(flags, '--name') ? [] : ['--name', chosen.modelName];
  return ['--model', chosen.modelPath, ...name, ...flags];
}

function takeData(values: readonly string[]): { readonly dataFolder: string; readonly rest: readonly string[] } {
  const at = values.findIndex((value) => value === '--data' || value.startsWith('--data='));
  if (at < 0) return { dataFolder: defaultDataFolder(), rest: values };
  const [, inline] = (values[at] ?? '').split(/=(.*)/s);
  const isInline = inline !== undefined;
  const dataFolder = (isInline ? inline : values[at + 1]) ?? defaultDataFolder();
  return { dataFolder, rest: values.toSpliced(at, isInline ? 1 : 2) };
}

function hasFlag(values: readonly string[], flag: string): boolean {
  return values.some((value) => value === flag || value.startsWith(`${flag}=`));
}

function refuseUsage({ what, why, mend }: Fault): number {
  process.stderr.write(`✖ ${what}\n  why   ${why}\n  mend  ${mend}\n`);
  return EXIT_USAGE;
}

function streams() {
  const { stdout, stderr, stdin } = process;
  return { stdout, stderr, stdin };
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}
