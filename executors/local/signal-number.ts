import { constants } from 'node:os';

/** 128 and a signal's number: what a shell gives as the exit code of what a signal ended. */
const SIGNAL_BASE = 128;

/** The exit code that stands for a signal; undefined for a name that is none. */
export function exitCodeOfSignal(signal: string): number | undefined {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return number === undefined ? undefined : SIGNAL_BASE + number;
}

/** The signal that an exit code stands for; undefined for an ordinary one. */
export function signalOf(exitCode: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - SIGNAL_BASE)?.[0];
}
