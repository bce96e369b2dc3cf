import { FaultError, isFault } from '@rerig/domain/fault';
import { formatBytes } from '@rerig/domain/quantity';
import { fitOf } from '@rerig/models/fit';
import { type ModelEntry, type ModelStore, openModelStore } from '@rerig/models/model-store';
import { renderTable } from '../table.ts';
import { printFault, wrap } from '../terminal.ts';
import { farmOf } from './farm-of.ts';
import { modelDocument } from './model-document.ts';
import { factsText, fitLines, fitText, parametersText } from './model-text.ts';

/** What `list` and `show` are given. */
export interface ListOptions {
  readonly data: string;
  readonly inventory?: readonly string[];
  readonly json?: boolean;
}

const NAME_COLUMNS_MAX = 32;

/** Opens the store, or ends the command with its fault. */
export function openStore(data: string): ModelStore {
  const store = openModelStore(data);
  if (isFault(store)) throw new FaultError(store);
  return store;
}

/** Lists the models with what each is and takes. */
export async function listModels(options: ListOptions): Promise<void> {
  const { models, faults } = openStore(options.data).list();
  const farm = models.length === 0 ? null : await farmOf(options);
  if (options.json === true) {
    const documents = models.map((entry) => modelDocument(entry, farm));
    process.stdout.write(`${JSON.stringify({ models: documents, faults }, null, 2)}\n`);
  } else if (models.length === 0) process.stderr.write('No models yet: add one with "rerig models add SOURCE".\n');
  else {
    const rows = models.map(({ name, facts, bytes }) => [
      name.length > NAME_COLUMNS_MAX ? `${name.slice(0, NAME_COLUMNS_MAX - 1)}…` : name,
      parametersText(facts.parameterCount),
      facts.quantization ?? '–',
      formatBytes(bytes),
      facts.contextTokenCount === null ? '–' : String(facts.contextTokenCount),
      farm === null || facts.kind === 'adapter' ? 'adapter' : fitText(fitOf(facts, farm)),
    ]);
    process.stdout.write(`${renderTable(['model', 'parameters', 'kind', 'size', 'context', 'fits'], rows)}\n`);
  }
  if (options.json !== true) for (const fault of faults) printFault(fault);
  if (faults.length > 0) process.exitCode = 1;
}

/** Shows all of one model. */
export async function showModel(name: string, options: ListOptions): Promise<void> {
  const store = openStore(options.data);
  const model = store.resolve(name);
  if (isFault(model)) throw new FaultError(model);
  const farm = await farmOf(options);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...modelDocument(model, farm), path: model.path }, null, 2)}\n`);
    return;
  }
  const fits = model.facts.kind === 'adapter' ? [] : fitLines(fitOf(model.facts, farm));
  const lines = [...entryLines(model, model.path), ...fits.flatMap((line) => wrap(line, 76))];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function entryLines(entry: ModelEntry, path: string): readonly string[] {
  const { name, facts, bytes, source, revision, parts, addedAtMs } = entry;
  return [
    facts.title === null ? name : `${name} (${facts.title})`,
    ...wrap(factsText(facts, bytes), 78),
    `from     ${source}${revision === null ? '' : ` @ ${revision}`}`,
    `added    ${new Date(addedAtMs).toISOString()}`,
    `path     ${path}`,
    ...parts.map(({ sha256, fileName }) => `sha256   ${sha256}${parts.length > 1 ? `\n         ${fileName}` : ''}`),
  ];
}
