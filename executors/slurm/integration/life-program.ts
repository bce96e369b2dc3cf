/** An agent of a farm in a process of its own, to be killed: opens the executor of the options given, and lives a life. */
import { FaultError, isFault } from '@rerig/domain/fault';
import { liveWholeLife, type WholeLife } from '../../testing/whole-life.ts';
import { openSlurmExecutor } from '../open-slurm-executor.ts';
import type { SlurmExecutorOptions } from '../options.ts';

const { options, life } = parseOrder(process.argv[2] ?? '');
const executor = await openSlurmExecutor(options);
if (isFault(executor)) throw new FaultError(executor);
await liveWholeLife(executor, life);

function parseOrder(text: string) {
  return JSON.parse(text) as { readonly options: SlurmExecutorOptions; readonly life: WholeLife };
}
