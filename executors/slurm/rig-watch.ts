import { isFault } from '@rerig/domain/fault';
import type { ExecutorFault } from '../faults.ts';
import type { CardStanding } from '../port.ts';
import { partitions, type SlurmRig } from './config.ts';
import { askDaemon, probeRig } from './rig-probe.ts';
import { afterAsking, afterBeat, lostRigs, NO_PULSE, type RigPulse } from './rig-pulse.ts';
import type { ListedRig, SlurmCommands } from './slurm-commands.ts';

/** A port at which nobody listens, so that the rig's kernel answers, and no daemon writes of it into its log (IANA: discard). */
const BEAT_PORT = 9;
const BEAT_EVERY_MS = 1000;
const BEAT_WITHIN_MS = 800;
/** Within it slurmd closes a connection of which nothing comes: usually 10 ms. Asked once Slurm's own 10 s have passed. */
const ASK_WITHIN_MS = 1500;
/** How often a rig that we gave up is asked whether it is back. */
const RETURN_EVERY_MS = 4000;
/** How long a rig stays given up at least: a run that was cut off there is ended by Slurm first. */
const GIVEN_UP_MS_MIN = 8000;
const REASON = 'rerig: no word from it';
/**
 * Slurm's own reason. A slurmctld that was killed has forgotten its last seconds and gives their numbers of jobs again; a
 * rig on which such a job still ran is taken out, though nothing is wrong with it, and Slurm ends that job.
 */
const FORGOTTEN_JOB = 'Duplicate jobid';

/** A rig out of service, and why. */
export interface RigStanding {
  readonly standing: CardStanding;
  readonly why?: string;
}

/** What hears of rigs. */
export interface RigHearer {
  /** Node names of rigs with work on them. */
  busyNames(): ReadonlySet<string>;
  /** Slurm was told that the rig is down: its work waits again. */
  lost(nodeName: string): void;
}

/**
 * Watches over the rigs: how they stand in Slurm, and, by beats of our own, whether those with work still live, which is
 * sooner than Slurm's own 15 s and more. A controller that restarts is no loss: rigs are asked themselves.
 */
export class RigWatch {
  readonly #commands: SlurmCommands;
  readonly #hearer: RigHearer;
  readonly #lossAfterMs: number;
  #listed: ReadonlyMap<string, ListedRig> = new Map();
  readonly #pulses = new Map<string, RigPulse>();
  /** Given up by us, and when. */
  readonly #givenUp = new Map<string, number>();
  /** Whose slurmd is being asked whether it hangs. */
  readonly #doubted = new Set<string>();
  #isClosed = false;
  readonly #beat: NodeJS.Timeout;
  readonly #return: NodeJS.Timeout;

  constructor(commands: SlurmCommands, hearer: RigHearer, lossAfterMs: number) {
    this.#commands = commands;
    this.#hearer = hearer;
    this.#lossAfterMs = lossAfterMs;
    this.#beat = setInterval(() => void this.#beatAll(), BEAT_EVERY_MS);
    this.#return = setInterval(() => void this.#welcomeBack(), RETURN_EVERY_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#beat);
    clearInterval(this.#return);
  }

  /** Asks Slurm how its rigs stand. */
  async refresh(): Promise<ExecutorFault | null> {
    const rigs = await this.#commands.rigs(partitions.guaranteed);
    if (isFault(rigs)) return rigs;
    this.#listed = new Map(rigs.map((rig) => [rig.nodeName, rig]));
    for (const { nodeName, state, reason } of rigs) {
      if (state.startsWith('down') && reason.startsWith(REASON) && !this.#givenUp.has(nodeName)) {
        this.#givenUp.set(nodeName, Date.now());
      }
      if (reason === FORGOTTEN_JOB && /^(drain|drng)/.test(state)) {
        await this.#commands.updateRig(nodeName, 'State=RESUME');
      }
      // Slurm's mark of one that gave no answer to its own question within MessageTimeout.
      if (state.includes('*') && !state.startsWith('down')) void this.#doubt(nodeName);
    }
    return null;
  }

  /** Takes a rig out of service that nothing can run on; what runs there goes on. */
  async takeOut(nodeName: string, why: string): Promise<void> {
    const state = this.#listed.get(nodeName)?.state;
    if (state === undefined || /drain|drng/.test(state)) return;
    await this.#commands.updateRig(nodeName, 'State=DRAIN', `Reason=${why}`);
    await this.refresh();
  }

  /** How a rig stands, by what Slurm said last; what it does not know is lost. */
  standingOf({ nodeName }: SlurmRig, isBusy: boolean): RigStanding {
    const listed = this.#listed.get(nodeName);
    if (listed === undefined) return { standing: 'lost', why: 'Slurm does not know the rig.' };
    if (this.#givenUp.has(nodeName)) return { standing: 'lost', why: REASON };
    const why = listed.reason === '' || listed.reason === 'none' ? listed.state : listed.reason;
    if (/drain|drng|maint/.test(listed.state)) return { standing: isBusy ? 'draining' : 'drained', why };
    return /down|fail|unknown|inval|error/.test(listed.state.replace('powered_down', '').replace('powering_down', ''))
      ? { standing: 'lost', why }
      : { standing: 'in-service' };
  }

  isLost(nodeName: string): boolean {
    return this.#givenUp.has(nodeName) || (this.#listed.get(nodeName)?.state.startsWith('down') ?? false);
  }

  /** The last script that reported from a rig broke off without an end: is the rig there? */
  async suspect(nodeName: string): Promise<void> {
    const rig = this.#listed.get(nodeName);
    if (rig === undefined || this.#pulses.get(nodeName)?.brokeOffAtMs !== undefined) return;
    this.#change(nodeName, { brokeOffAtMs: Date.now(), refusedCount: 0 });
    while (this.#pulses.get(nodeName)?.brokeOffAtMs !== undefined && !this.#givenUp.has(nodeName)) {
      const answer = await probeRig(rig.address, rig.port, BEAT_WITHIN_MS);
      if (answer === 'answers') return this.trust(nodeName);
      this.#change(nodeName, { refusedCount: (this.#pulses.get(nodeName)?.refusedCount ?? 0) + 1 });
      await this.#giveUpLost();
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, BEAT_WITHIN_MS);
      await promise;
    }
  }

  /** A script reports from the rig. */
  trust(nodeName: string): void {
    const { brokeOffAtMs: _, ...pulse } = this.#pulses.get(nodeName) ?? NO_PULSE;
    this.#pulses.set(nodeName, { ...pulse, refusedCount: 0 });
  }

  /** Does its slurmd hang, or is the rig busy? One answer of it, and it is left alone until Slurm misses it again. */
  async #doubt(nodeName: string): Promise<void> {
    const isOver = () => this.#isClosed || this.#givenUp.has(nodeName) || !this.#hearer.busyNames().has(nodeName);
    if (this.#doubted.has(nodeName)) return;
    this.#doubted.add(nodeName);
    while (!isOver()) {
      const rig = this.#listed.get(nodeName);
      if (rig === undefined) break;
      const isMute = (await askDaemon(rig.address, rig.port, ASK_WITHIN_MS)) === 'mute';
      this.#pulses.set(nodeName, afterAsking(this.#pulses.get(nodeName) ?? NO_PULSE, isMute, Date.now()));
      if (!isMute) break;
      if (!this.#isClosed) await this.#giveUpLost();
    }
    this.#doubted.delete(nodeName);
  }

  #change(nodeName: string, facts: Partial<RigPulse>): void {
    this.#pulses.set(nodeName, { ...(this.#pulses.get(nodeName) ?? NO_PULSE), ...facts });
  }

  /** Asks every rig with work, spread over the time between two beats. */
  async #beatAll(): Promise<void> {
    const busy = this.#hearer.busyNames();
    for (const name of this.#pulses.keys()) if (!busy.has(name)) this.#pulses.delete(name);
    const rigs = [...busy].flatMap((name) => this.#listed.get(name) ?? []);
    await Promise.all(
      rigs.map(async ({ nodeName, address }, index) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        setTimeout(resolve, (index / rigs.length) * (BEAT_EVERY_MS - BEAT_WITHIN_MS));
        await promise;
        const answer = await probeRig(address, BEAT_PORT, BEAT_WITHIN_MS);
        const before = this.#pulses.get(nodeName) ?? NO_PULSE;
        this.#pulses.set(nodeName, afterBeat(before, answer !== 'silent', Date.now()));
      }),
    );
    await this.#giveUpLost();
  }

  async #giveUpLost(): Promise<void> {
    const lost = lostRigs(this.#pulses, Date.now(), this.#lossAfterMs);
    await Promise.all(lost.filter((name) => !this.#givenUp.has(name)).map((name) => this.#giveUp(name)));
  }

  async #giveUp(nodeName: string): Promise<void> {
    this.#givenUp.set(nodeName, Date.now());
    const told = await this.#commands.updateRig(nodeName, 'State=DOWN', `Reason=${REASON}`);
    // A controller that does not answer is told at the next beat.
    if (isFault(told)) this.#givenUp.delete(nodeName);
    else {
      this.#pulses.delete(nodeName);
      this.#hearer.lost(nodeName);
      await this.refresh();
    }
  }

  /** Brings back what we gave up and what answers again, once Slurm has had time to end what was cut off there. */
  async #welcomeBack(): Promise<void> {
    for (const [nodeName, sinceMs] of this.#givenUp) {
      const rig = this.#listed.get(nodeName);
      if (rig === undefined || Date.now() - sinceMs < GIVEN_UP_MS_MIN) continue;
      if (!rig.state.startsWith('down') || !rig.reason.startsWith(REASON)) {
        // Somebody else has decided on it since.
        this.#givenUp.delete(nodeName);
      } else if ((await askDaemon(rig.address, rig.port, ASK_WITHIN_MS)) === 'answers') {
        const told = await this.#commands.updateRig(nodeName, 'State=RESUME');
        if (!isFault(told)) this.#givenUp.delete(nodeName);
        await this.refresh();
      }
    }
  }
}
