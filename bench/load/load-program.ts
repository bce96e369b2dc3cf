import { createInterface } from 'node:readline';
import { type LoadPlan, runClosedLoop } from './closed-loop.ts';

/**
 * The load generator, a process of its own so that it costs what it measures nothing but the machine's time: a plan as a
 * JSON line on stdin, its result as a JSON line on stdout.
 */
async function main(): Promise<void> {
  process.stdout.write('{}\n');
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await runClosedLoop(parsePlan(line)))}\n`);
  }
}

function parsePlan(line: string): LoadPlan {
  return JSON.parse(line) as LoadPlan;
}

await main();
