import { execFile } from 'node:child_process';

/** What a command gave. `missing`: it is not installed. */
export type CommandResult =
  | { readonly kind: 'done'; readonly stdout: string }
  | { readonly kind: 'failed'; readonly said: string }
  | { readonly kind: 'missing' };

/** How long a command may take, what it is given on stdin, and what its environment has besides PATH. */
export interface CommandOptions {
  readonly withinMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Slurm's commands hang long before a controller that is gone. */
const WITHIN_MS = 10_000;
const OUTPUT_BYTES_MAX = 8 * 1024 ** 2;

/** Daemons and their commands are in folders that a user's PATH may lack. */
export const COMMAND_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs a command without a shell. It never throws and never hangs. */
export function runCommand(
  command: string,
  words: readonly string[],
  { withinMs = WITHIN_MS, environment = {} }: CommandOptions = {},
): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const limits = { timeout: withinMs, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' as const };
  execFile(command, [...words], { env: { PATH: COMMAND_PATH, ...environment }, ...limits }, (error, stdout, stderr) => {
    if (error === null) return resolve({ kind: 'done', stdout });
    if ('code' in error && error.code === 'ENOENT') return resolve({ kind: 'missing' });
    const said = stderr.trim().split('\n').slice(-3).join('; ').slice(0, 1000);
    const isSlow = error.killed === true;
    return resolve({
      kind: 'failed',
      said: isSlow ? `no answer within ${withinMs} ms` : said === '' ? error.message : said,
    });
  });
  return promise;
}
