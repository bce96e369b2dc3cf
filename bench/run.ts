import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NOT_BENCHMARKS = new Set(['run.ts', 'report.ts']);
/** Run by their names alone: each takes ten minutes or more. */
const LONG = new Set(['executors', 'soak']);

/** `npm run bench [-- NAME… [--OPTION…]]`: runs the named benchmarks, or all that are short, each in a process of its own. */
async function main(given: readonly string[]): Promise<number> {
  const firstOption = given.findIndex((value) => value.startsWith('-'));
  const asked = firstOption < 0 ? given : given.slice(0, firstOption);
  const options = firstOption < 0 ? [] : given.slice(firstOption);
  const known = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !NOT_BENCHMARKS.has(name))
    .map((name) => name.replace(/\.ts$/, ''));
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${known.join(', ')}.\n`);
    return 2;
  }
  if (asked.length === 0) {
    process.stderr.write(`Left out, as they take long: ${[...LONG].join(', ')}. Run them by name.\n`);
  }
  let worst = 0;
  for (const name of asked.length === 0 ? known.filter((each) => !LONG.has(each)) : asked) {
    process.stderr.write(`${name}:\n`);
    const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...options], { stdio: 'inherit' });
    const [status] = await once(child, 'exit');
    worst = Math.max(worst, typeof status === 'number' ? status : 1);
  }
  return worst;
}

process.exitCode = await main(process.argv.slice(2));
