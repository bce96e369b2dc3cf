import { runChaos } from './chaos/run-chaos.ts';
import { aimOf, printReport } from './report.ts';

/** 64 streams over 3 replicas for a minute, one killed every 5 s: who fails, how, and what is charged. */
async function main(): Promise<void> {
  const plan = { replicaCount: 3, streamCount: 64, durationMs: 60_000, killEveryMs: 5000, tokensPerStream: 200 };
  const report = await runChaos(plan, (words) => process.stderr.write(`  ${words}\n`));
  for (const words of [...report.violations, ...report.mismatches]) process.stderr.write(`  ${words}\n`);
  const { endCounts, mismatches, ledgerErrorCount, openHoldCount } = report;
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
    ],
    peers: {},
    runs: 1,
  });
}

await main();
