import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { fitOf } from '@rerig/models/fit';
import type { ModelFacts } from '@rerig/models/gguf';
import {
  type AddWish,
  type ModelFault,
  modelFault,
  openModelStore,
  parseModelSource,
  type StoredModel,
  type StoreProgress,
} from '@rerig/models/model-store';
import { listenForStop } from '../stop-request.ts';
import { printFault, wrap } from '../terminal.ts';
import type { AddOptions } from './add-options.ts';
import { farmOf } from './farm-of.ts';
import { hubAccess } from './hub-access.ts';
import { modelDocument } from './model-document.ts';
import { factsText, fitLines } from './model-text.ts';
import { TransferLine } from './transfer-line.ts';

const EXIT_STOPPED = 130;

/** Adds one model, or lists those of a repository. */
export async function addModel(source: string, options: AddOptions): Promise<void> {
  const parsed = parseModelSource(source);
  if (isFault(parsed)) throw new FaultError(parsed);
  if (parsed.kind === 'hub' && parsed.file === null) {
    const { listRepository } = await import('./list-repository.ts');
    return listRepository(parsed, options);
  }
  const store = openModelStore(options.data);
  if (isFault(store)) throw new FaultError(store);
  const line = new TransferLine();
  const stop = listenForStop(() => line.note('stopping: what came is kept'));
  try {
    const added = await store.add(source, wishOf(options, stop.signal, line));
    line.end();
    finish(added, options);
  } finally {
    line.end();
    stop.forget();
  }
}

function finish(added: StoredModel | ModelFault, { json = false }: AddOptions): void {
  if (isFault(added)) {
    if (added.code !== 'stopped') throw new FaultError<string>(added);
    printFault(added, json);
    process.exitCode = EXIT_STOPPED;
    return;
  }
  const document = { ...modelDocument(added, null), path: added.path };
  if (json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else process.stdout.write(`${added.name}\n${added.path}\n`);
}

function wishOf(options: AddOptions, signal: AbortSignal, line: TransferLine): AddWish {
  const { name, revision, sha256, token = process.env.RERIG_MODELS_TOKEN, copy, anyway = false } = options;
  const hub = hubAccess();
  return {
    signal,
    hubEndpoint: hub.endpoint,
    onProgress: (progress) => tellProgress(progress, line),
    accept: (facts, bytes) => acceptFacts(facts, bytes, options, line, anyway),
    ...(hub.token === null ? {} : { hubToken: hub.token }),
    ...(name === undefined ? {} : { name }),
    ...(revision === undefined ? {} : { revision }),
    ...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }),
    ...(token === undefined ? {} : { farmToken: token }),
    ...(copy === undefined ? {} : { isCopied: copy }),
  };
}

function tellProgress(progress: StoreProgress, line: TransferLine): void {
  if (progress.kind === 'bytes') line.tell(progress);
  else line.note(wrap(progressText(progress), 78).join('\n  '));
}

function progressText(progress: Exclude<StoreProgress, { kind: 'bytes' }>): string {
  return progress.kind === 'note' ? progress.text : factsText(progress.facts, progress.bytes);
}

/** Says which cards it fits, and refuses what fits none before the rest is fetched. */
async function acceptFacts(
  facts: ModelFacts,
  bytes: number,
  options: AddOptions,
  line: TransferLine,
  isAnyway: boolean,
): Promise<ModelFault | undefined> {
  if (facts.kind === 'adapter') return undefined;
  const fit = fitOf(facts, await farmOf(options));
  const lines = fitLines(fit);
  for (const text of lines.slice(0, FIT_LINES_MAX)) line.note(wrap(text, 76).join('\n    '));
  if (lines.length > FIT_LINES_MAX) line.note(`… and ${lines.length - FIT_LINES_MAX} more kinds of cards`);
  if (fit.isFitting || isAnyway || fit.cards.length === 0) return undefined;
  return fitsNone(factsText(facts, bytes), fit.contextTokenCount);
}

const FIT_LINES_MAX = 8;

function fitsNone(model: string, contextTokenCount: number): Fault<'fits_no_card'> {
  return modelFault('fits_no_card', {
    what: `The model fits none of the cards: ${model}.`,
    why: `Weights, a cache of ${contextTokenCount} tokens and the buffers take more than any has, alone or with the others of its rig.`,
    mend: 'Take a smaller quantisation, name another farm with --inventory, or add it all the same with --anyway.',
  });
}
