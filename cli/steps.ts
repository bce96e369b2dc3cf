import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { Listr, ListrLogger, ProcessOutput } from 'listr2';

/** A step's work: gives its value, or a Fault that ends the command; `tell` replaces the step's line. */
export type StepWork<T> = (tell: (line: string) => void) => Promise<T | Fault>;

/**
 * Runs one step of a long start with its line shown on stderr: a spinner in a terminal, plain lines elsewhere. `done`
 * gives the line that stays. A Fault is thrown as `FaultError`, for the command's one rim to print.
 */
export async function step<T>(title: string, work: StepWork<T>, done: (value: T) => string): Promise<T> {
  const isTerminal = process.stderr.isTTY === true && process.stdout.isTTY === true;
  const result = Promise.withResolvers<T>();
  const startedAtMs = performance.now();
  let line = title;
  const steps = new Listr(
    [
      {
        title,
        task: async (_context, shown) => {
          const value = await work((told) => {
            shown.title = told;
          });
          if (isFault(value)) throw new FaultError(value);
          line = `${done(value)} (${((performance.now() - startedAtMs) / 1000).toFixed(1)} s)`;
          shown.title = line;
          result.resolve(value);
        },
      },
    ],
    {
      renderer: 'default',
      fallbackRenderer: 'silent',
      fallbackRendererCondition: !isTerminal,
      registerSignalListeners: false,
      rendererOptions: {
        showErrorMessage: false,
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
    },
  );
  await steps.run();
  if (!isTerminal) process.stderr.write(`✔ ${line}\n`);
  return result.promise;
}
