import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type ExecutorFault, executorFault } from '../faults.ts';
import type { DrainTarget } from '../port.ts';

/** What is out of service, and why. */
export interface Drained {
  readonly target: DrainTarget;
  readonly why: string;
}

/** Keeps what is out of service, so that the next start leaves it there. */
export function writeStanding(path: string, drained: readonly Drained[]): ExecutorFault | null {
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(drained)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return null;
  } catch (error) {
    return executorFault('executor-folder-unusable', {
      what: 'What is out of service is known until the executor ends, and not longer.',
      why: `It can't be kept: ${error instanceof Error ? error.message : String(error)}.`,
      mend: `Make room for ${path}, then drain or resume again.`,
    });
  }
}

/** What was out of service when the last start ended; nothing where that was not kept. */
export function readStanding(path: string): readonly Drained[] {
  return parseStanding(readOrEmpty(path));
}

function parseStanding(text: string): readonly Drained[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isDrained) : [];
  } catch {
    // Nothing was ever drained, or the file is not whole.
    return [];
  }
}

function isDrained(value: unknown): value is Drained {
  if (!isObject(value) || typeof value.why !== 'string' || !isObject(value.target)) return false;
  const { kind, cardId, rigId } = value.target;
  return (kind === 'card' && typeof cardId === 'string') || (kind === 'rig' && typeof rigId === 'string');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Nothing was ever drained.
    return '';
  }
}
