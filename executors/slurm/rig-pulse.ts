/** What is known of whether a rig lives, of the moments just past. */
export interface RigPulse {
  /** Whether its kernel ever answered at the port at which it is asked: one behind a firewall never does. */
  readonly hasAnswered: boolean;
  /** Beats in a row to which its kernel gave no answer. */
  readonly silentCount: number;
  /** When its kernel answered last, ms. */
  readonly answeredAtMs: number;
  /** When the last of its scripts broke off without an end, ms; absent: one still reports, or none ever did. */
  readonly brokeOffAtMs?: number;
  /** Times in a row that nobody listened at its slurmd's port, asked because its scripts broke off. */
  readonly refusedCount: number;
}

/** Never by one missed beat. */
const BEATS_MIN = 3;
/** A silence of so many rigs at once, and of more than half, is rather our own. */
const MASS_MIN = 3;
/** How long our own silence is waited for. */
const OWN_SILENCE_MS = 30_000;

/** Nothing known. */
export const NO_PULSE: RigPulse = { hasAnswered: false, silentCount: 0, answeredAtMs: 0, refusedCount: 0 };

/** Takes in an answer of its kernel, or that there was none. */
export function afterBeat(pulse: RigPulse, isThere: boolean, nowMs: number): RigPulse {
  if (!isThere) return { ...pulse, silentCount: pulse.silentCount + 1 };
  return { ...pulse, hasAnswered: true, silentCount: 0, answeredAtMs: nowMs };
}

/**
 * The rigs that are lost: those whose kernel answered and is silent for `lossAfterMs` and three beats, and those
 * whose scripts all broke off and whose slurmd was not there three times. Where most rigs fall silent together, we are
 * more likely cut off ourselves, and wait.
 */
export function lostRigs(pulses: ReadonlyMap<string, RigPulse>, nowMs: number, lossAfterMs: number): readonly string[] {
  const silent = [...pulses].filter(
    ([, { hasAnswered, silentCount, answeredAtMs }]) =>
      hasAnswered && silentCount >= BEATS_MIN && nowMs - answeredAtMs >= lossAfterMs,
  );
  const heard = [...pulses.values()].filter(({ hasAnswered }) => hasAnswered).length;
  const isMass = silent.length >= MASS_MIN && silent.length * 2 > heard;
  const believed = isMass
    ? silent.filter(([, { answeredAtMs }]) => nowMs - answeredAtMs >= Math.max(OWN_SILENCE_MS, lossAfterMs))
    : silent;
  const broken = [...pulses].filter(
    ([, { brokeOffAtMs, refusedCount }]) => brokeOffAtMs !== undefined && refusedCount >= BEATS_MIN,
  );
  return [...new Set([...believed, ...broken].map(([name]) => name))];
}
