import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where state is kept when `--data` is not given: root's goes where the database's unprivileged user can reach it. */
export function defaultDataFolder(): string {
  return process.getuid?.() === 0 ? '/var/lib/rerig' : join(homedir(), '.rerig');
}
