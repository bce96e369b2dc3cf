import { readFileSync } from 'node:fs';

/** A user of this machine by its numbers and home-independent name. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Tried in this order: an account made for us, PostgreSQL's own, and the one that every Linux has. */
const CANDIDATE_NAMES = ['rerig', 'postgres', 'nobody'] as const;

/**
 * The user that the database cluster runs as: null when we are not root (it then runs as us), else the first of
 * `rerig`, `postgres` and `nobody` that exists, because PostgreSQL refuses to run as root. A cluster folder that
 * exists keeps its owner, given as `ownerUid`.
 */
export function clusterUser(ownerUid: number | null): SystemUser | null {
  if (process.getuid?.() !== 0) return null;
  const users = parsePasswd(readFileSync('/etc/passwd', 'utf8'));
  if (ownerUid !== null && ownerUid !== 0) {
    const owner = users.find(({ uid }) => uid === ownerUid);
    if (owner !== undefined) return owner;
  }
  return (
    CANDIDATE_NAMES.map((name) => users.find((user) => user.name === name)).find((user) => user !== undefined) ?? null
  );
}

/** Reads `/etc/passwd`: name, uid and gid of each well-formed line; other lines are passed over. */
export function parsePasswd(text: string): readonly SystemUser[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}
