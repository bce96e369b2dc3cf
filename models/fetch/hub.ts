import { isFault } from '@rerig/domain/fault';
import { z } from 'zod';
import { type ModelFault, modelFault } from '../faults.ts';
import { splitSiblings, splitStem } from '../gguf.ts';
import type { RemoteFile, RemoteModel } from './remote-file.ts';
import { askPatiently, isInterruption, type ModelReply, type ModelRequest } from './request.ts';
import type { ModelSource } from './source.ts';
import { statusFault } from './status-fault.ts';

/** The hub that is asked, and as whom. */
export interface HubAccess {
  /** `https://huggingface.co`, or a mirror's. */
  readonly endpoint: string;
  readonly token: string | null;
}

/** A GGUF file of a repository. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string | null;
}

type HubSource = Extract<ModelSource, { kind: 'hub' }>;

const PAGES_MAX = 20;
const REVISION_DEFAULT = 'main';

/** Asks the hub for a file of a repository, and of a split model for all its parts: their sizes, hashes and the commit. */
export async function findOnHub(
  source: HubSource & { readonly file: string },
  revision: string | null,
  access: HubAccess,
  signal: AbortSignal,
): Promise<RemoteModel | ModelFault> {
  const paths = splitSiblings(source.file);
  const files: RemoteFile[] = [];
  let commit = revision ?? REVISION_DEFAULT;
  for (const path of paths) {
    const label = paths.length === 1 ? source.text : `hf:${source.repository}/${path}`;
    const found = await findFile(source.repository, path, commit, label, access, signal);
    if (isFault(found)) return found;
    files.push(found.file);
    // All parts come of one commit, however the repository goes on meanwhile.
    commit = found.commit ?? commit;
  }
  const fileName = paths[0]?.split('/').at(-1) ?? source.file;
  return { files, defaultName: splitStem(fileName), revision: commit };
}

async function findFile(
  repository: string,
  path: string,
  revision: string,
  label: string,
  access: HubAccess,
  signal: AbortSignal,
): Promise<{ readonly file: RemoteFile; readonly commit: string | null } | ModelFault> {
  const url = hubFileUrl(access, repository, path, revision);
  const reply = await ask({ url, method: 'HEAD', token: access.token, staysAtOrigin: true }, label, signal);
  if (isFault(reply)) return reply;
  const { response, trail } = reply;
  const said = (name: string) => trail.map((headers) => headers.get(name)).find((value) => value !== null) ?? null;
  // For what is kept elsewhere the hub answers with a redirect, which has the hash and the size.
  if (response.status >= 400) return statusFault(label, response, access.token !== null);
  const commit = /^[0-9a-f]{40}$/.exec(said('x-repo-commit') ?? '')?.[0] ?? null;
  const sha256 = /^"?([0-9a-f]{64})"?$/.exec(said('x-linked-etag') ?? '')?.[1] ?? null;
  const sizeText = said('x-linked-size') ?? (response.ok ? response.headers.get('content-length') : null);
  const bytes = sizeText !== null && /^\d{1,15}$/.test(sizeText) ? Number(sizeText) : null;
  const pinnedUrl = commit === null ? url : hubFileUrl(access, repository, path, commit);
  const fileName = path.split('/').at(-1) ?? path;
  return { file: { label, fileName, url: pinnedUrl, token: access.token, sha256, bytes }, commit };
}

/** The address of a repository's file, as it is asked for at the hub. */
export function hubFileUrl({ endpoint }: HubAccess, repository: string, path: string, revision: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${endpoint.replace(/\/+$/, '')}/${repository}/resolve/${encodeURIComponent(revision)}/${encoded}`;
}

const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string().max(4096),
    size: z.number().min(0).optional(),
    lfs: z.object({ oid: z.string().optional(), size: z.number().min(0).optional() }).nullish(),
  }),
);

/** The GGUF files of a repository, by name. Of a page of answers the next is asked for, up to `PAGES_MAX`. */
export async function listOnHub(
  source: HubSource,
  revision: string | null,
  access: HubAccess,
  signal: AbortSignal,
): Promise<readonly HubFile[] | ModelFault> {
  const endpoint = access.endpoint.replace(/\/+$/, '');
  let url: string | null =
    `${endpoint}/api/models/${source.repository}/tree/${encodeURIComponent(revision ?? REVISION_DEFAULT)}?recursive=true`;
  const files: HubFile[] = [];
  for (let page = 0; url !== null && page < PAGES_MAX; page++) {
    const reply: ModelReply | ModelFault = await ask({ url, method: 'GET', token: access.token }, source.text, signal);
    if (isFault(reply)) return reply;
    if (!reply.response.ok) return statusFault(source.text, reply.response, access.token !== null);
    const tree = await readTree(source, reply.response);
    if (isFault(tree)) return tree;
    files.push(...tree);
    url = nextPage(reply.response, url);
  }
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function readTree(source: HubSource, response: Response): Promise<readonly HubFile[] | ModelFault> {
  try {
    const tree = treeSchema.parse(await response.json());
    return tree
      .filter(({ type, path }) => type === 'file' && /\.gguf$/i.test(path))
      .map(({ path, size, lfs }) => ({
        path,
        bytes: lfs?.size ?? size ?? 0,
        sha256: /^[0-9a-f]{64}$/.exec(lfs?.oid ?? '')?.[0] ?? null,
      }));
  } catch (error) {
    return modelFault('source_gone_wrong', {
      what: `The files of ${source.text} can't be listed.`,
      why: `The hub's answer is not such a list: ${(error instanceof Error ? error.message : '').replace(/\s+/g, ' ').slice(0, 160)}.`,
      mend: 'Look at HF_ENDPOINT, which must be a Hugging Face hub, and try again later.',
    });
  }
}

/** `Link: <…>; rel="next"`, which must stay at the hub. */
function nextPage(response: Response, url: string): string | null {
  const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  const next = link === undefined ? null : URL.parse(link, url);
  return next !== null && next.origin === new URL(url).origin ? next.href : null;
}

async function ask(request: ModelRequest, label: string, signal: AbortSignal): Promise<ModelReply | ModelFault> {
  const reply = await askPatiently(request, signal);
  return isInterruption(reply) ? unreachable(label, new URL(request.url).origin, reply.why) : reply;
}

/** A source that does not answer at all. */
export function unreachable(label: string, origin: string, why: string): ModelFault {
  return modelFault('source_gone_wrong', {
    what: `${label} can't be asked for at ${origin}.`,
    why: `The connection failed: ${why}.`,
    mend: 'Look at the connection and the address, and give the same command again.',
  });
}
