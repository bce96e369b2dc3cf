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
  /** Times in a row that its slurmd did nothing with a connection, asked because Slurm had no answer of it. */
  readonly muteCount: number;
  /** When it was so first, ms. */
  readonly muteSinceMs?: number;
}

/** Never by one missed beat. */
const BEATS_MIN = 3;
/** A silence of so many rigs at once, and of more than half, is rather our own. */
const MASS_MIN = 3;
/** How long our own silence is waited for. */
const OWN_SILENCE_MS = 30_000;

/** Nothing known. */
export const NO_PULSE: RigPulse = {
  hasAnswered: false,
  silentCount: 0,
  answeredAtMs: 0,
  refusedCount: 0,
  muteCount: 0,
};

/** Takes in an answer of its kernel, or that there was none. */
export function afterBeat(pulse: RigPulse, isThere: boolean, nowMs: number): RigPulse {
  if (!isThere) return { ...pulse, silentCount: pulse.silentCount + 1 };
  return { ...pulse, hasAnswered: true, silentCount: 0, answeredAtMs: nowMs };
}

/** Takes in whether its slurmd was mute, or did something with a connection. */
export function afterAsking(pulse: RigPulse, isMute: boolean, nowMs: number): RigPulse {
  const { muteSinceMs = nowMs, ...rest } = pulse;
  return isMute ? { ...rest, muteCount: pulse.muteCount + 1, muteSinceMs } : { ...rest, muteCount: 0 };
}

/**
 * The rigs that are lost: those whose kernel answered and is silent for `lossAfterMs` and three beats, those whose
 * scripts all broke off and whose slurmd was not there three times, and those whose slurmd was mute three times. Where
 * most rigs fall silent together, or mute, we are more likely cut off or held up ourselves, and wait.
 */
export function lostRigs(pulses: ReadonlyMap<string, RigPulse>, nowMs: number, lossAfterMs: number): readonly string[] {
  const silent = [...pulses].flatMap(([name, { hasAnswered, silentCount, answeredAtMs }]) =>
    hasAnswered && silentCount >= BEATS_MIN && nowMs - answeredAtMs >= lossAfterMs
      ? [{ name, sinceMs: answeredAtMs }]
      : [],
  );
  const mute = [...pulses].flatMap(([name, { muteCount, muteSinceMs = nowMs }]) =>
    muteCount >= BEATS_MIN ? [{ name, sinceMs: muteSinceMs }] : [],
  );
  const heardCount = [...pulses.values()].filter(({ hasAnswered }) => hasAnswered).length;
  const believed = [silent, mute].flatMap((rigs) => {
    const isMass = rigs.length >= MASS_MIN && rigs.length * 2 > heardCount;
    return isMass ? rigs.filter(({ sinceMs }) => nowMs - sinceMs >= Math.max(OWN_SILENCE_MS, lossAfterMs)) : rigs;
  });
  const broken = [...pulses].filter(
    ([, { brokeOffAtMs, refusedCount }]) => brokeOffAtMs !== undefined && refusedCount >= BEATS_MIN,
  );
  return [...new Set([...believed.map(({ name }) => name), ...broken.map(([name]) => name)])];
}
