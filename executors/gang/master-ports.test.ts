import { createServer } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { MasterPorts } from './master-ports.ts';

const SEED = process.pid;

test('gangs that choose at the same moment never meet, and each keeps its port', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 20 }), async (gangCount) => {
      const ports = new MasterPorts(SEED);
      const ids = Array.from({ length: gangCount }, (_, index) => `gang-${index}`);
      const chosen = await Promise.all(ids.map((id) => ports.reserve(id)));
      expect(new Set(chosen).size).toBe(gangCount);
      expect(await Promise.all(ids.map((id) => ports.reserve(id)))).toEqual(chosen);
    }),
    { numRuns: 10 },
  );
});

test('a port in use, and one of a gang that an earlier start began, are passed over', async () => {
  const first = Number(await new MasterPorts(SEED).reserve('probe'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first, resolve));
  onTestFinished(() => void server.close());
  const ports = new MasterPorts(first - 20_000);
  ports.hold('earlier', first + 1);
  const chosen = await ports.reserve('gang');
  expect([first, first + 1]).not.toContain(chosen);
  expect(await ports.reserve('earlier')).toBe(first + 1);
});

test('a port is given again once its gang has ended', async () => {
  const ports = new MasterPorts(SEED);
  const first = await ports.reserve('a');
  ports.release('a');
  ports.release('a');
  expect(await ports.reserve('a')).not.toBe(first);
  expect(await new MasterPorts(SEED).reserve('b')).toBe(first);
});
