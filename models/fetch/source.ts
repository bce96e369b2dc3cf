import { isAbsolute, resolve } from 'node:path';
import { type ModelFault, modelFault } from '../faults.ts';

/** Where a model comes from. `text` is how it is written again: it holds no token and no password. */
export type ModelSource =
  | { readonly kind: 'path'; readonly text: string; readonly path: string }
  | { readonly kind: 'url'; readonly text: string; readonly url: string }
  /** A repository of the hub, and in it a file, or null for all. */
  | { readonly kind: 'hub'; readonly text: string; readonly repository: string; readonly file: string | null }
  /** Another machine of the farm that shares its store. */
  | { readonly kind: 'farm'; readonly text: string; readonly origin: string; readonly name: string };

const HUB = /^hf:([A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95})(?:\/(.+))?$/;
const FARM = /^farm:(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})\/([^/]+)$/;

/** Reads a source as it is given: `hf:ORG/REPO/FILE`, `farm:HOST:PORT/NAME`, an http(s) URL, or else a path. */
export function parseModelSource(text: string): ModelSource | ModelFault {
  if (text.startsWith('hf:')) return hubSource(text);
  if (text.startsWith('farm:')) return farmSource(text);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return urlSource(text);
  if (text.trim() === '') return unreadable(text, 'It is empty.');
  const path = isAbsolute(text) ? text : resolve(text);
  return { kind: 'path', text: path, path };
}

function hubSource(text: string): ModelSource | ModelFault {
  const [, repository, file] = HUB.exec(text) ?? [];
  const segments = file?.split('/') ?? [];
  if (repository === undefined || segments.some((segment) => ['', '.', '..'].includes(segment)))
    return unreadable(text, 'After "hf:" come the organisation, the repository and the file, with "/" between them.');
  return { kind: 'hub', text, repository, file: file ?? null };
}

function farmSource(text: string): ModelSource | ModelFault {
  const [, host, port, name] = FARM.exec(text) ?? [];
  if (host === undefined || name === undefined || Number(port) < 1 || Number(port) > 65_535)
    return unreadable(text, 'After "farm:" come the address, the port and the name of the model: HOST:PORT/NAME.');
  return { kind: 'farm', text, origin: `http://${host}:${port}`, name };
}

function urlSource(text: string): ModelSource | ModelFault {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return unreadable(text, 'Of URLs those with http: and https: are fetched.');
  if (url.username !== '' || url.password !== '')
    return unreadable(
      `${url.origin}${url.pathname}`,
      'A URL with a password is not taken: it would be kept and shown.',
    );
  url.hash = '';
  return { kind: 'url', text: url.href, url: url.href };
}

function unreadable(text: string, why: string): ModelFault {
  return modelFault('source_unreadable', {
    what: `No model is found by "${text.slice(0, 200)}".`,
    why,
    mend: 'Give a path, an http(s) URL, hf:ORG/REPO/FILE, or farm:HOST:PORT/NAME.',
  });
}
