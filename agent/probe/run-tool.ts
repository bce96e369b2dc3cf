import { spawn } from 'node:child_process';

/** How a tool's run ended. */
export type ToolResult =
  | { readonly kind: 'ended'; readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'hangs'; readonly limitMs: number };

/** Runs a tool and gives what it wrote. Never throws. */
export type RunTool = (program: string, values: readonly string[], limitMs: number) => Promise<ToolResult>;

const OUTPUT_CHARACTERS_MAX = 256 * 1024;

/** Runs a tool of this machine. One that does not end in time is killed and not waited for: a driver may hold it. */
export function runTool(program: string, values: readonly string[], limitMs: number): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(program, values, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(0, OUTPUT_CHARACTERS_MAX);
      });
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve({ kind: 'hangs', limitMs });
    }, limitMs);
    child.on('error', () => {
      clearTimeout(timer);
      resolve({ kind: 'missing' });
    });
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ kind: 'ended', exitCode, ...output });
    });
  });
}
