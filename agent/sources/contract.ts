import { isFault } from '@rerig/domain/fault';
import { readInventory } from '@rerig/domain/inventory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RigSource } from './port.ts';

/** A source made ready for the contract: three rigs, of which one fails. */
export interface SourceUnderTest {
  readonly source: RigSource;
  /** The two rigs that answer, as `readInventory` names them, sorted. */
  readonly rigIds: readonly [string, string];
  /** What no fault and no rig may show: a password, a token. */
  readonly secret: string;
  /** Makes the next rig or page that is asked never answer. */
  hang(): void;
  /** Ends what was started for the test. */
  dispose(): Promise<void>;
}

/** How long a source may take to end once it is told to stop. */
const STOP_MS_MAX = 1000;

/** The contract of the port, which every adapter runs. */
export function describeRigSourceContract(name: string, makeSubject: () => Promise<SourceUnderTest>): void {
  describe(`the rig source ${name}`, () => {
    let subject: SourceUnderTest;
    beforeEach(async () => {
      subject = await makeSubject();
    });
    afterEach(() => subject.dispose());

    test('gives rigs that readInventory reads, and a fault for the one that fails', async () => {
      const { files, faults } = await subject.source.read(new AbortController().signal);
      const read = readInventory(files);
      expect(read.farm.rigs.map(({ rigId }) => rigId)).toEqual(subject.rigIds);
      for (const { cards } of read.farm.rigs) expect(cards.length).toBeGreaterThan(0);
      expect(faults).toHaveLength(1);
      expect(faults.every(isFault)).toBe(true);
      expect(JSON.stringify([read, faults])).not.toContain(subject.secret);
    });

    test('gives the same when it is asked again', async () => {
      const { signal } = new AbortController();
      const [first, second] = [await subject.source.read(signal), await subject.source.read(signal)];
      expect(readInventory(second.files).farm).toEqual(readInventory(first.files).farm);
    });

    test('ends soon after it is told to stop, says so, and gives what it had', async () => {
      subject.hang();
      const stop = new AbortController();
      const reading = subject.source.read(stop.signal);
      const timer = setTimeout(() => stop.abort(), 300);
      await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
      const stoppedAtMs = performance.now();
      const { faults } = await reading;
      clearTimeout(timer);
      expect(performance.now() - stoppedAtMs).toBeLessThan(STOP_MS_MAX);
      expect(faults.map(({ code }) => code)).toContain('source-stopped');
    });

    test('asks nobody where it was told to stop before it began', async () => {
      const { files, faults } = await subject.source.read(AbortSignal.abort());
      expect(files).toEqual([]);
      expect(faults.map(({ code }) => code)).toContain('source-stopped');
    });
  });
}
