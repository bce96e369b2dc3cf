import { spawn } from 'node:child_process';

/** How a program ended, with what it wrote until then. */
export interface BoundedRun {
  /** `ended` by itself; `missing`: it could not be started; else why it was ended by us. */
  readonly kind: 'ended' | 'missing' | 'slow' | 'talkative' | 'stopped';
  readonly exitStatus: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program may take. */
export interface RunBounds {
  readonly limitMs: number;
  /** Of stdout; what is written to stderr is cut to a few lines. */
  readonly outputBytesMax: number;
  readonly signal: AbortSignal;
}

const STDERR_BYTES_MAX = 16 * 1024;

/** Runs a program within bounds of time and bytes; past them, or when the signal is aborted, it is killed. Never throws. */
export function runBounded(program: string, values: readonly string[], bounds: RunBounds): Promise<BoundedRun> {
  if (bounds.signal.aborted) {
    return Promise.resolve({ kind: 'stopped', exitStatus: null, stdout: '', stderr: '' });
  }
  return new Promise((resolve) => {
    const child = spawn(program, values, { stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let [outBytes, errorBytes] = [0, 0];
    let why: BoundedRun['kind'] = 'ended';
    const end = (kind: BoundedRun['kind']) => {
      if (why === 'ended') why = kind;
      child.kill('SIGKILL');
      // A program that it started may hold the pipes open: nothing more is waited for.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => end('slow'), bounds.limitMs);
    const stop = () => end('stopped');
    bounds.signal.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      outBytes += chunk.length;
      if (outBytes > bounds.outputBytesMax) end('talkative');
      else stdout.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errorBytes += chunk.length;
      if (errorBytes <= STDERR_BYTES_MAX) stderr.push(chunk);
    });
    let isDone = false;
    const finish = (kind: BoundedRun['kind'], exitStatus: number | null) => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      bounds.signal.removeEventListener('abort', stop);
      const [out, error] = [stdout, stderr].map((chunks) => Buffer.concat(chunks).toString('utf8'));
      resolve({ kind, exitStatus, stdout: out ?? '', stderr: error ?? '' });
    };
    child.on('error', () => finish('missing', null));
    child.on('close', (exitStatus) => finish(why, exitStatus));
  });
}
