import { isFault } from '@rerig/domain/fault';
import { z } from 'zod';
import { type ModelFault, modelFault } from '../faults.ts';
import { type ModelEntry, sharedModelsSchema } from '../store/entry.ts';
import { unreachable } from './hub.ts';
import type { RemoteModel } from './remote-file.ts';
import { askPatiently, isInterruption } from './request.ts';
import type { ModelSource } from './source.ts';
import { statusFault } from './status-fault.ts';

type FarmSource = Extract<ModelSource, { kind: 'farm' }>;

/** Asks another machine of the farm for a model of its store: the files, with their hashes. */
export async function findOnFarm(
  source: FarmSource,
  token: string | null,
  signal: AbortSignal,
): Promise<RemoteModel | ModelFault> {
  const reply = await askPatiently({ url: `${source.origin}/models`, method: 'GET', token }, signal);
  if (isFault(reply)) return reply;
  if (isInterruption(reply)) return unreachable(source.text, source.origin, reply.why);
  if (!reply.response.ok) return statusFault(source.text, reply.response, token !== null);
  const models = await readModels(source, reply.response);
  if (isFault(models)) return models;
  const entry = models.find(({ name }) => name === source.name);
  if (entry === undefined) return notShared(source, models);
  const files = entry.parts.map(({ fileName, sha256, bytes }) => ({
    label: entry.parts.length === 1 ? source.text : `${source.text} (${fileName})`,
    fileName,
    url: `${source.origin}/blobs/sha256/${sha256}`,
    token,
    sha256,
    bytes,
  }));
  return { files, defaultName: entry.name, revision: entry.revision };
}

async function readModels(source: FarmSource, response: Response): Promise<readonly ModelEntry[] | ModelFault> {
  try {
    return sharedModelsSchema.parse(await response.json()).models;
  } catch (error) {
    const words = error instanceof z.ZodError ? (error.issues[0]?.message ?? '') : 'it is no JSON';
    return modelFault('source_gone_wrong', {
      what: `${source.origin} shares no models.`,
      why: `What it answers is not what "rerig models serve" does: ${words}.`,
      mend: 'Compare address and port with what that command shows on the other machine.',
    });
  }
}

function notShared({ text, origin, name }: FarmSource, models: readonly ModelEntry[]): ModelFault {
  const names = models.slice(0, 20).map((entry) => entry.name);
  return modelFault('source_not_found', {
    what: `${text} is not there.`,
    why: `${origin} has no model "${name.slice(0, 128)}"; it has ${names.length === 0 ? 'none' : names.join(', ')}.`,
    mend: 'Name one of those, or add it on that machine first.',
  });
}
