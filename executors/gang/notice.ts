import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Word to what runs that it is to make room. */
export interface Notice {
  readonly reason: 'preempted' | 'drained' | 'stopped';
  /** When it is killed if it still runs, ms since the epoch. */
  readonly endsAtMs: number;
}

/** As a workload reads it: `{"reason":"preempted","endsAt":"2026-11-25T10:00:00.000Z"}`. */
export function noticeText({ reason, endsAtMs }: Notice): string {
  return `${JSON.stringify({ reason, endsAt: new Date(endsAtMs).toISOString() })}\n`;
}

/**
 * Writes `notice.json` into a workload's notice folder: whoever reads it reads all of it, or there is none. Again: the
 * later one replaces it. Rejects where the folder can't be written: the notice still goes the other ways.
 */
export async function writeNotice(folder: string, notice: Notice): Promise<void> {
  const draft = join(folder, `.notice.${randomUUID()}`);
  try {
    await writeFile(draft, noticeText(notice));
    await rename(draft, join(folder, 'notice.json'));
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause;
  }
}
