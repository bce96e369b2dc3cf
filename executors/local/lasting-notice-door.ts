import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isFault } from '@rerig/domain/fault';
import type { ExecutorFault } from '../faults.ts';
import { type NoticeDoor, openNoticeDoor } from '../gang.ts';

const HOST = '127.0.0.1';

/** Opens the door for notices where the last start had it: what it left running knows no other. Else where a port is free. */
export async function openLastingNoticeDoor(portPath: string): Promise<NoticeDoor | ExecutorFault> {
  const lastPort = Number(readOrEmpty(portPath)) || 0;
  const again = await openNoticeDoor({ kind: 'port', host: HOST, port: lastPort });
  const door = isFault(again) && lastPort !== 0 ? await openNoticeDoor({ kind: 'port', host: HOST, port: 0 }) : again;
  if (!isFault(door) && door.port !== lastPort) keep(portPath, door.port);
  return door;
}

function keep(path: string, port: number): void {
  try {
    writeFileSync(`${path}.new`, String(port), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    // The next start opens another one, and what it takes up gets its notices by file and signal.
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The first start.
    return '';
  }
}
