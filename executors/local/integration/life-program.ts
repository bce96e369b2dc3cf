/** An agent of one machine in a process of its own, to be killed: opens the executor of the options given, and lives a life. */
import { FaultError, isFault } from '@rerig/domain/fault';
import { liveLastLife, liveWholeLife, type WholeLife } from '../../testing/whole-life.ts';
import { type LocalExecutorOptions, openLocalExecutor } from '../open-local-executor.ts';

const { options, life } = parseOrder(process.argv[2] ?? '');
const executor = await openLocalExecutor(options);
if (isFault(executor)) throw new FaultError(executor);
await (life === null ? liveLastLife(executor) : liveWholeLife(executor, life));

/** `life`: null to end what an earlier one has left. */
function parseOrder(text: string) {
  return JSON.parse(text) as { readonly options: LocalExecutorOptions; readonly life: WholeLife | null };
}
