import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { Listr } from 'listr2';

/** A step's work: gives its value, or a Fault that ends the command; `tell` replaces the step's line. */
export type StepWork<T> = (tell: (line: string) => void) => Promise<T | Fault>;

/**
 * Runs one step of a long start with its line shown: a spinner in a terminal, plain lines elsewhere. `done` gives the
 * line that stays. A Fault is thrown as `FaultError`, for the command's one rim to print.
 */
export async function step<T>(title: string, work: StepWork<T>, done: (value: T) => string): Promise<T> {
  const result = Promise.withResolvers<T>();
  const startedAtMs = performance.now();
  const list = new Listr(
    [
      {
        title,
        task: async (_context, task) => {
          const value = await work((line) => {
            task.title = line;
          });
          if (isFault(value)) throw new FaultError(value);
          result.resolve(value);
          task.title = `${done(value)} (${((performance.now() - startedAtMs) / 1000).toFixed(1)} s)`;
        },
      },
    ],
    {
      renderer: 'default',
      fallbackRenderer: 'silent',
      registerSignalListeners: false,
      rendererOptions: { showErrorMessage: false },
    },
  );
  await list.run();
  if (process.stdout.isTTY !== true) process.stdout.write(`✔ ${list.tasks[0]?.title ?? title}\n`);
  return result.promise;
}
