import { basename } from 'node:path/posix';
import { splitSiblings, splitStem } from '../gguf.ts';
import type { RemoteFile, RemoteModel } from './remote-file.ts';

/** The files behind a URL: itself, or where its name is that of a part, all parts beside it. Nothing is asked yet. */
export function findAtUrl(url: string, sha256: string | null): RemoteModel {
  const at = new URL(url);
  const siblings = splitSiblings(at.pathname);
  const files = siblings.map((pathname): RemoteFile => {
    const each = new URL(at);
    each.pathname = pathname;
    const fileName = decoded(basename(pathname)) || at.hostname;
    return { label: each.href, fileName, url: each.href, token: null, sha256, bytes: null };
  });
  return { files, defaultName: splitStem(files[0]?.fileName ?? at.hostname), revision: null };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).replace(/[/\\\p{Cc}\p{Cf}]/gu, '-');
  } catch {
    // No encoding of ours: the name is kept as it stands.
    return text;
  }
}
