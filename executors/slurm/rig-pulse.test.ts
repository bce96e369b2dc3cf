import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterAsking, afterBeat, lostRigs, NO_PULSE, type RigPulse } from './rig-pulse.ts';

const LOSS_AFTER_MS = 3000;

/** A rig whose kernel answered at 0 and was then asked each second. */
function pulseOf(answers: readonly boolean[]): RigPulse {
  return answers.reduce(
    (pulse, isThere, second) => afterBeat(pulse, isThere, second * 1000),
    afterBeat(NO_PULSE, true, 0),
  );
}

test('a rig is lost after three beats in a row without an answer, and not before', () => {
  expect(lostRigs(new Map([['a', pulseOf([true, false, false])]]), 3000, LOSS_AFTER_MS)).toEqual([]);
  expect(lostRigs(new Map([['a', pulseOf([true, false, false, false])]]), 4000, LOSS_AFTER_MS)).toEqual(['a']);
});

test('a rig that never answered is never lost by its silence', () => {
  const pulse = [0, 1, 2, 3, 4].reduce((before) => afterBeat(before, false, 0), NO_PULSE);
  expect(lostRigs(new Map([['a', pulse]]), 1e9, LOSS_AFTER_MS)).toEqual([]);
});

test('a rig whose scripts broke off is lost once its slurmd is not there three times', () => {
  const pulse = { ...pulseOf([true]), brokeOffAtMs: 0, refusedCount: 2 };
  expect(lostRigs(new Map([['a', pulse]]), 2000, LOSS_AFTER_MS)).toEqual([]);
  expect(lostRigs(new Map([['a', { ...pulse, refusedCount: 3 }]]), 3000, LOSS_AFTER_MS)).toEqual(['a']);
});

test('a rig whose slurmd is mute three times in a row is lost, and one answer between saves it', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 12 }), (mutes) => {
      const pulse = mutes.reduce(
        (before, isMute, second) => afterAsking(before, isMute, second * 1000),
        pulseOf([true]),
      );
      const isLost = mutes.length >= 3 && mutes.slice(-3).every(Boolean);
      expect(lostRigs(new Map([['a', pulse]]), 2000, LOSS_AFTER_MS)).toEqual(isLost ? ['a'] : []);
    }),
  );
});

test('where most rigs are mute together, none is lost at once', () => {
  const mute = [0, 1000, 2000].reduce((before, atMs) => afterAsking(before, true, atMs), pulseOf([true]));
  const all = new Map(['a', 'b', 'c', 'd'].map((name) => [name, { ...mute, answeredAtMs: 40_000 }]));
  expect(lostRigs(all, 5000, LOSS_AFTER_MS)).toEqual([]);
  expect(lostRigs(all, 40_000, LOSS_AFTER_MS)).toHaveLength(4);
});

test('where most rigs fall silent together, none is lost at once', () => {
  const silent = pulseOf([true, false, false, false, false]);
  const all = new Map(['a', 'b', 'c', 'd'].map((name) => [name, silent]));
  expect(lostRigs(all, 5000, LOSS_AFTER_MS)).toEqual([]);
  expect(lostRigs(all, 40_000, LOSS_AFTER_MS)).toHaveLength(4);
});

test('a beat that is answered saves a rig, whatever was missed before', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (answers) => {
      const pulse = pulseOf([...answers, true]);
      expect(lostRigs(new Map([['a', pulse]]), answers.length * 1000 + 2900, LOSS_AFTER_MS)).toEqual([]);
    }),
  );
});
