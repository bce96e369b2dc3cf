import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideRestart,
  holdsCards,
  isFinal,
  nextState,
  PROVEN_MS,
  RESTART_TRIES_MAX,
  RESTART_WINDOW_MS,
  type WorkloadFailure,
  type WorkloadState,
  workloadEvents,
  workloadStates,
} from './workloads.ts';

/** Written apart from the code: columns as in `workloadEvents`, `-` for ignored. */
const expected: Readonly<Record<WorkloadState, string>> = {
  //          placed became-ready began preempted requeued stop-asked ended failed contact-lost
  queued: '   starting -          -       -         -        stopped  -       failed  -',
  starting: ' -        ready      running preempted queued   stopping failed  failed  lost',
  ready: '    -        -          running preempted queued   stopping stopped failed  lost',
  running: '  -        -          -       preempted queued   stopping stopped failed  lost',
  preempted: 'starting -          -       -         -        stopped  -       failed  -',
  stopping: ' -        -          -       -         -        -        stopped stopped lost',
  stopped: '  -        -          -       -         -        -        -       -       -',
  failed: '   -        -          -       -         -        -        -       -       -',
  lost: '     -        -          -       -         -        -        -       -       -',
};

const cells = workloadStates.flatMap((state) =>
  expected[state]
    .trim()
    .split(/\s+/)
    .map((next, index) => ({ state, event: workloadEvents[index] ?? 'placed', next: next === '-' ? 'ignored' : next })),
);

const event = fc.constantFrom(...workloadEvents);

function stateAfter(state: WorkloadState, events: readonly (typeof workloadEvents)[number][]): WorkloadState {
  return events.reduce<WorkloadState>((standing, each) => {
    const next = nextState(standing, each);
    return next === 'ignored' ? standing : next;
  }, state);
}

describe('the lifecycle', () => {
  test('every state and event has one cell in this table', () => {
    expect(cells).toHaveLength(workloadStates.length * workloadEvents.length);
  });

  test.each(cells)('$state on $event gives $next', ({ state, event, next }) => {
    expect(nextState(state, event)).toBe(next);
  });

  test('an event that comes twice changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.constantFrom(...workloadStates), event, (state, each) => {
        const once = stateAfter(state, [each]);
        expect(stateAfter(once, [each])).toBe(once);
      }),
    );
  });

  test('no events bring a workload out of its end', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (before, after) => {
        const end = stateAfter('queued', before);
        if (isFinal(end)) expect(stateAfter(end, after)).toBe(end);
      }),
    );
  });

  test('from every state some events lead to an end', () => {
    for (const state of workloadStates) expect(isFinal(stateAfter(state, ['stop-asked', 'ended']))).toBe(true);
  });

  test('a workload is ready or running only after it was placed', () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const state = stateAfter('queued', events);
        if (state === 'ready' || state === 'running') expect(events).toContain('placed');
      }),
    );
  });

  test('cards are held from the placement to the end, and for ever by what is lost', () => {
    expect(workloadStates.filter(holdsCards)).toEqual(['starting', 'ready', 'running', 'stopping', 'lost']);
  });

  test('stopped, failed and lost are final', () => {
    expect(workloadStates.filter(isFinal)).toEqual(['stopped', 'failed', 'lost']);
  });
});

describe('restarts', () => {
  const nowMs = 1_800_000_000_000;
  const inRow = (count: number, readyForMs: number) =>
    Array.from({ length: count }, (_, index) => ({ atMs: nowMs - (count - index) * 10_000, readyForMs }));

  test('failures in a row wait 1, 2, 4 and 8 s, and the fifth is the last', () => {
    expect([1, 2, 3, 4, 5].map((count) => decideRestart(inRow(count, 0), nowMs))).toEqual([
      { kind: 'restart', waitMs: 1000 },
      { kind: 'restart', waitMs: 2000 },
      { kind: 'restart', waitMs: 4000 },
      { kind: 'restart', waitMs: 8000 },
      { kind: 'give-up', failureCount: 5 },
    ]);
  });

  test('what was ready is started again at once, and waits from its second failure on', () => {
    expect([1, 2, 3, 4, 5].map((count) => decideRestart(inRow(count, 500), nowMs))).toEqual([
      { kind: 'restart', waitMs: 0 },
      { kind: 'restart', waitMs: 1000 },
      { kind: 'restart', waitMs: 2000 },
      { kind: 'restart', waitMs: 4000 },
      { kind: 'give-up', failureCount: 5 },
    ]);
  });

  test('a run that was ready for ten seconds forgives the failures before it', () => {
    const failures = [...inRow(4, 0), { atMs: nowMs, readyForMs: PROVEN_MS }];
    expect(decideRestart(failures, nowMs)).toEqual({ kind: 'restart', waitMs: 0 });
    expect(decideRestart(inRow(50, PROVEN_MS), nowMs)).toEqual({ kind: 'restart', waitMs: 0 });
  });

  test('failures before the window are forgotten', () => {
    const old = Array.from({ length: 20 }, (_, index) => ({ atMs: nowMs - RESTART_WINDOW_MS - index, readyForMs: 0 }));
    expect(decideRestart([...old, { atMs: nowMs, readyForMs: 0 }], nowMs)).toEqual({ kind: 'restart', waitMs: 1000 });
  });

  test('within any window no more than the bounded count of restarts is granted to what never proves itself', () => {
    const failureArbitrary = fc.record({
      gapMs: fc.integer({ min: 0, max: 120_000 }),
      readyForMs: fc.integer({ min: 0, max: PROVEN_MS - 1 }),
    });
    fc.assert(
      fc.property(fc.array(failureArbitrary, { maxLength: 60 }), (told) => {
        const failures: WorkloadFailure[] = [];
        const grantedAtMs: number[] = [];
        let atMs = nowMs;
        for (const { gapMs, readyForMs } of told) {
          atMs += gapMs;
          failures.push({ atMs, readyForMs });
          const decision = decideRestart(failures, atMs);
          if (decision.kind === 'give-up') break;
          grantedAtMs.push(atMs);
        }
        const inLastWindow = grantedAtMs.filter((grantedMs) => atMs - grantedMs < RESTART_WINDOW_MS);
        expect(inLastWindow.length).toBeLessThan(RESTART_TRIES_MAX);
      }),
    );
  });
});
