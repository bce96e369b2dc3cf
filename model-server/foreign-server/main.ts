import { isFault } from '@rerig/domain/fault';
import { FOREIGN_SERVER_HELP, parseForeignServerArguments, serveForeignServer } from '../foreign-server.ts';

const options = parseForeignServerArguments(process.argv.slice(2));
if (options === 'help') {
  process.stdout.write(FOREIGN_SERVER_HELP);
} else if (isFault(options)) {
  process.stdout.write(`${JSON.stringify({ event: 'failed', fault: options })}\n`);
  process.stderr.write(`${options.what}\n${options.why}\n${options.mend}\n`);
  process.exitCode = 2;
} else {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const { stdout, stderr, stdin } = process;
  process.exit(await serveForeignServer(options, { stdout, stderr, stdin, stop: stop.signal }));
}
