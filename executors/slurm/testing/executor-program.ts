/** An agent in a process of its own, to be killed: opens the executor of the options given, drains and starts what is given. */
import { FaultError, isFault } from '@rerig/domain/fault';
import type { DrainTarget, WorkloadSpec } from '../../port.ts';
import { openSlurmExecutor } from '../open-slurm-executor.ts';
import type { SlurmExecutorOptions } from '../options.ts';

const { options, specs, drained = [] } = parseOrder(process.argv[2] ?? '{}');
const executor = await openSlurmExecutor(options);
if (isFault(executor)) throw new FaultError(executor);
process.stdout.write('open\n');
for (const { target, why } of drained) await executor.drain(target, why);
for (const spec of specs) {
  const started = await executor.start(spec);
  process.stdout.write(`${isFault(started) ? started.why : started.workloadId}\n`);
}
process.stdout.write('started\n');

function parseOrder(text: string) {
  return JSON.parse(text) as {
    readonly options: SlurmExecutorOptions;
    readonly specs: readonly WorkloadSpec[];
    readonly drained?: readonly { readonly target: DrainTarget; readonly why: string }[];
  };
}
