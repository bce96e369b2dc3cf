import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NOT_BENCHMARKS = new Set(['run.ts', 'report.ts']);

/** `npm run bench [-- NAME…]`: runs the named benchmarks, or all, each in a process of its own. */
async function main(asked: readonly string[]): Promise<number> {
  const known = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !NOT_BENCHMARKS.has(name))
    .map((name) => name.replace(/\.ts$/, ''));
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${known.join(', ')}.\n`);
    return 2;
  }
  let worst = 0;
  for (const name of asked.length === 0 ? known : asked) {
    process.stderr.write(`${name}:\n`);
    const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit' });
    const [status] = await once(child, 'exit');
    worst = Math.max(worst, typeof status === 'number' ? status : 1);
  }
  return worst;
}

process.exitCode = await main(process.argv.slice(2));
