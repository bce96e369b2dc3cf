/** Where a workload stands. `lost`: nobody can say whether it still runs, so nothing else may use its cards. */
export const workloadStates = [
  'queued',
  'starting',
  'ready',
  'running',
  'preempted',
  'stopping',
  'stopped',
  'failed',
  'lost',
] as const;
export type WorkloadState = (typeof workloadStates)[number];

/**
 * What can happen to a workload.
 * - `placed`: it has its cards, and its process is being started.
 * - `became-ready`: it answers requests, by its own word. A lease bills from here.
 * - `began`: it works without being asked, as a job does.
 * - `preempted`: it was ended for something of higher priority, and waits for its cards.
 * - `requeued`: its run has ended by no doing of its own (its rig was lost or drained), or is started again after an error;
 *   it waits for cards.
 * - `stop-asked`: somebody wants its end.
 * - `ended`: its process has ended without an error.
 * - `failed`: its process has ended in an error, or was ended because it broke a limit.
 * - `contact-lost`: its rig, or its process, no longer tells anything and can't be ended.
 */
export const workloadEvents = [
  'placed',
  'became-ready',
  'began',
  'preempted',
  'requeued',
  'stop-asked',
  'ended',
  'failed',
  'contact-lost',
] as const;
export type WorkloadEvent = (typeof workloadEvents)[number];

type Row = Readonly<Record<WorkloadEvent, WorkloadState | 'ignored'>>;

/** A state that nothing leaves. What comes late, or twice, changes nothing. */
const final: Row = {
  placed: 'ignored',
  'became-ready': 'ignored',
  began: 'ignored',
  preempted: 'ignored',
  requeued: 'ignored',
  'stop-asked': 'ignored',
  ended: 'ignored',
  failed: 'ignored',
  'contact-lost': 'ignored',
};

/** The whole lifecycle: for each state, what each event makes of it. */
export const lifecycle: Readonly<Record<WorkloadState, Row>> = {
  queued: { ...final, placed: 'starting', 'stop-asked': 'stopped', failed: 'failed' },
  starting: {
    placed: 'ignored',
    'became-ready': 'ready',
    began: 'running',
    preempted: 'preempted',
    requeued: 'queued',
    'stop-asked': 'stopping',
    ended: 'failed',
    failed: 'failed',
    'contact-lost': 'lost',
  },
  ready: {
    placed: 'ignored',
    'became-ready': 'ignored',
    began: 'running',
    preempted: 'preempted',
    requeued: 'queued',
    'stop-asked': 'stopping',
    ended: 'stopped',
    failed: 'failed',
    'contact-lost': 'lost',
  },
  running: {
    placed: 'ignored',
    'became-ready': 'ignored',
    began: 'ignored',
    preempted: 'preempted',
    requeued: 'queued',
    'stop-asked': 'stopping',
    ended: 'stopped',
    failed: 'failed',
    'contact-lost': 'lost',
  },
  preempted: { ...final, placed: 'starting', 'stop-asked': 'stopped', failed: 'failed' },
  stopping: { ...final, ended: 'stopped', failed: 'stopped', 'contact-lost': 'lost' },
  stopped: final,
  failed: final,
  lost: final,
};

/** What an event makes of a workload; `ignored` where it changes nothing, as when it comes twice. */
export function nextState(state: WorkloadState, event: WorkloadEvent): WorkloadState | 'ignored' {
  return lifecycle[state][event];
}

/** Whether nothing more can happen to a workload: its replacement is a new one. */
export function isFinal(state: WorkloadState): boolean {
  return workloadEvents.every((event) => lifecycle[state][event] === 'ignored');
}

/** Whether nothing else may start on the cards of a workload. What is lost may still run, so it keeps them. */
export function holdsCards(state: WorkloadState): boolean {
  switch (state) {
    case 'starting':
    case 'ready':
    case 'running':
    case 'stopping':
    case 'lost':
      return true;
    case 'queued':
    case 'preempted':
    case 'stopped':
    case 'failed':
      return false;
  }
}
