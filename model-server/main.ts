import { isFault } from '@rerig/domain/fault';
import { parseServeModelArguments, SERVE_MODEL_HELP, serveModel } from './serve-model.ts';

const options = parseServeModelArguments(process.argv.slice(2));
if (options === 'help') {
  process.stdout.write(SERVE_MODEL_HELP);
} else if (isFault(options)) {
  process.stdout.write(`${JSON.stringify({ event: 'failed', fault: options })}\n`);
  process.stderr.write(`${options.what}\n${options.why}\n${options.mend}\n`);
  process.exitCode = 2;
} else {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const { stdout, stderr, stdin } = process;
  const exitCode = await serveModel(options, { stdout, stderr, stdin, stop: stop.signal });
  process.exit(exitCode);
}
