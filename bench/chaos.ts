import { parseArgs } from 'node:util';
import { InvariantError } from '@rerig/domain/fault';
import { runChaos } from './chaos/run-chaos.ts';
import { aimOf, printReport } from './report.ts';

const SECONDS_DEFAULT = '60';
const KILL_EVERY_SECONDS = 5;

/** 64 streams over 3 replicas for a minute, one killed every 5 s: who fails, how, and what is charged. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: SECONDS_DEFAULT } } });
  const seconds = Number(values.seconds);
  if (!(seconds > KILL_EVERY_SECONDS)) {
    throw new InvariantError(`--seconds is ${values.seconds}, and must be more than ${KILL_EVERY_SECONDS}`);
  }
  const plan = {
    replicaCount: 3,
    streamCount: 64,
    durationMs: seconds * 1000,
    killEveryMs: KILL_EVERY_SECONDS * 1000,
    tokensPerStream: 200,
  };
  const report = await runChaos(plan, (words) => process.stderr.write(`  ${words}\n`));
  for (const words of [...report.violations, ...report.mismatches]) process.stderr.write(`  ${words}\n`);
  const { endCounts, mismatches, ledgerErrorCount, openHoldCount, unchargedRequestCount } = report;
  const { killCount, restartCount, tokensDelivered: deliveredTokens, tokensCharged: chargedTokens } = report;
  printReport({
    bench: 'chaos',
    figures: {
      killCount,
      restartCount,
      completedCount: endCounts.completed,
      honestErrorCount: endCounts['honest-error'],
      deliveredTokens,
      chargedTokens,
    },
    aims: [
      aimOf('failedBeforeFirstTokenCount', endCounts['failed-before-first-token'], 0, 'lower'),
      aimOf('brokenWithoutErrorCount', endCounts['broken-silently'], 0, 'lower'),
      aimOf('chargedOtherThanDeliveredCount', mismatches.length, 0, 'lower'),
      aimOf('ledgerErrorCount', ledgerErrorCount, 0, 'lower'),
      aimOf('openHoldCount', openHoldCount, 0, 'lower'),
      aimOf('unchargedRequestCount', unchargedRequestCount, 0, 'lower'),
    ],
    peers: {},
    runs: 1,
  });
}

await main();
