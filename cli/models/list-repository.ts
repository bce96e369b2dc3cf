import { FaultError, isFault } from '@rerig/domain/fault';
import { formatBytes } from '@rerig/domain/quantity';
import { fitOf } from '@rerig/models/fit';
import { type ModelFacts, splitSiblings } from '@rerig/models/gguf';
import { fetchModelFacts, type HubFile, hubFileUrl, listOnHub, type ModelSource } from '@rerig/models/model-store';
import { renderTable } from '../table.ts';
import { printFault } from '../terminal.ts';
import type { AddOptions } from './add-options.ts';
import { farmOf } from './farm-of.ts';
import { hubAccess } from './hub-access.ts';
import { fitDocument } from './model-document.ts';
import { fitText } from './model-text.ts';

type HubSource = Extract<ModelSource, { kind: 'hub' }>;

/** A model of a repository: one file, or the first of several. */
interface HubModel {
  readonly path: string;
  readonly bytes: number;
  readonly fileCount: number;
}

const EXIT_USAGE = 2;
const LIST_MS_MAX = 60_000;

/** Lists a repository's models with what each takes; one must then be named. */
export async function listRepository(source: HubSource, options: AddOptions): Promise<void> {
  const [access, revision] = [hubAccess(), options.revision ?? null];
  const signal = AbortSignal.timeout(LIST_MS_MAX);
  const files = await listOnHub(source, revision, access, signal);
  if (isFault(files)) throw new FaultError(files);
  const models = modelsOf(files);
  const shape = await shapeOf(source, revision, models, signal);
  const farm = shape === null ? null : await farmOf(options);
  const rows = models.map((model) => {
    // One repository holds one model in many quantisations: its shape is read once, and its weights are the file's bytes.
    const fit = shape === null || farm === null ? null : fitOf({ ...shape, tensorBytes: model.bytes }, farm);
    return { ...model, fit };
  });
  if (options.json === true) {
    const listed = rows.map(({ fit, ...model }) => ({ ...model, fit: fit === null ? null : fitDocument(fit) }));
    process.stdout.write(`${JSON.stringify({ repository: source.repository, models: listed }, null, 2)}\n`);
  } else {
    const cells = rows.map(({ path, bytes, fit }) => [
      path,
      formatBytes(bytes),
      fit === null ? 'not known' : fitText(fit),
    ]);
    process.stdout.write(cells.length === 0 ? '' : `${renderTable(['file', 'size', 'fits'], cells)}\n`);
  }
  const example = models[0]?.path ?? 'FILE';
  process.stderr.write(
    models.length === 0
      ? `${source.text} has no GGUF files.\n`
      : `\nName one: rerig models add hf:${source.repository}/${example}\n`,
  );
  process.exitCode = EXIT_USAGE;
}

/** Models among files: parts are one model, and encoders of images (mmproj) are none. */
function modelsOf(files: readonly HubFile[]): readonly HubModel[] {
  const bytesByPath = new Map(files.map(({ path, bytes }) => [path, bytes]));
  return files.flatMap(({ path }) => {
    const siblings = splitSiblings(path);
    if (siblings[0] !== path || /(^|\/)mmproj[^/]*$/i.test(path)) return [];
    const bytes = siblings.reduce((sum, sibling) => sum + (bytesByPath.get(sibling) ?? 0), 0);
    return [{ path, bytes, fileCount: siblings.length }];
  });
}

async function shapeOf(
  source: HubSource,
  revision: string | null,
  models: readonly HubModel[],
  signal: AbortSignal,
): Promise<ModelFacts | null> {
  const [smallest] = [...models].sort((one, other) => one.bytes - other.bytes);
  if (smallest === undefined) return null;
  const access = hubAccess();
  const facts = await fetchModelFacts(
    {
      label: `hf:${source.repository}/${smallest.path}`,
      url: hubFileUrl(access, source.repository, smallest.path, revision ?? 'main'),
      token: access.token,
      bytes: smallest.fileCount > 1 ? Number.MAX_SAFE_INTEGER : smallest.bytes,
    },
    signal,
  );
  if (!isFault(facts)) return facts;
  printFault(facts);
  return null;
}
