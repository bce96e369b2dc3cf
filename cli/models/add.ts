import { FaultError, isFault } from '@rerig/domain/fault';
import {
  type AddWish,
  type ModelFault,
  openModelStore,
  parseModelSource,
  type StoredModel,
  type StoreProgress,
} from '@rerig/models/model-store';
import { listenForStop } from '../stop-request.ts';
import { printFault, wrap } from '../terminal.ts';
import { acceptFacts } from './accept-facts.ts';
import type { AddOptions } from './add-options.ts';
import { hubAccess } from './hub-access.ts';
import { modelDocument } from './model-document.ts';
import { factsText } from './model-text.ts';
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
    accept: (facts, bytes) => acceptFacts(facts, bytes, { ...options, isAnyway: anyway }, (text) => line.note(text)),
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
