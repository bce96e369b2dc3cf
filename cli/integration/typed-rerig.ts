import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const RERIG = join(import.meta.dirname, '../rerig.ts');
const LIMIT_MS = 60_000;

/** How a command has ended, and all that it has written. */
export interface TypedEnd {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of `rerig` that runs as if it were typed in a folder, with what it has written until now. Its input is empty. */
export class TypedRerig {
  readonly child: ChildProcess;
  readonly ended: Promise<TypedEnd>;
  stdout = '';
  stderr = '';

  constructor(words: readonly string[], folder: string) {
    this.child = spawn(process.execPath, [RERIG, ...words], {
      cwd: folder,
      timeout: LIMIT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (part) => {
      this.stdout += String(part);
    });
    this.child.stderr?.on('data', (part) => {
      this.stderr += String(part);
    });
    this.ended = once(this.child, 'close').then(([status]) => ({
      status: Number(status),
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }
}

/** A line of a shell in which `rerig` is the command, as with pipes. Gives its end. */
export async function typedLine(line: string, folder: string): Promise<TypedEnd> {
  const child = spawn('bash', ['-c', `rerig() { "${process.execPath}" "${RERIG}" "$@"; }; ${line}`], {
    cwd: folder,
    timeout: LIMIT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      texts[name] += part;
    });
  }
  const [status] = await once(child, 'close');
  return { status: Number(status), ...texts };
}
