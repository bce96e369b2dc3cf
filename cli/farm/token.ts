import { resolve } from 'node:path';
import { makeToken } from '@rerig/agent/farm';
import { FaultError, isFault } from '@rerig/domain/fault';

/** What `rerig farm token` is given. */
export interface TokenOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** Makes a token, and shows it once. */
export async function showToken({ data, json = false }: TokenOptions): Promise<void> {
  const made = await makeToken(resolve(data), Date.now());
  if (isFault(made)) throw new FaultError(made);
  const { token, command, expiresAtMs } = made;
  const expiresAt = new Date(expiresAtMs).toISOString();
  process.stdout.write(json ? `${JSON.stringify({ token, command, expiresAt })}\n` : `${command}\n`);
  process.stderr.write(`It lets one rig in, until ${expiresAt},\nwhile "rerig farm serve" runs here.\n`);
}
