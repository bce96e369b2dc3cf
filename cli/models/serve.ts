import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { FaultError, isFault } from '@rerig/domain/fault';
import { formatBytes } from '@rerig/domain/quantity';
import { shareModels } from '@rerig/models/share';
import { listenForStop } from '../stop-request.ts';
import { openStore } from './list.ts';

/** What `serve` is given. */
export interface ServeOptions {
  readonly data: string;
  readonly listen: { readonly address: string; readonly port: number };
  readonly token?: string;
  readonly json?: boolean;
}

/** Shares this machine's models until it is told to stop. */
export async function serveModels({ data, listen, token, json = false }: ServeOptions): Promise<void> {
  const store = openStore(data);
  const isLocal = /^(localhost|::1|127(\.\d{1,3}){3})$/.test(listen.address);
  const given = token ?? process.env.RERIG_MODELS_TOKEN;
  const shownToken = given ?? (isLocal ? null : randomBytes(18).toString('base64url'));
  const share = await shareModels(store, {
    ...listen,
    token: shownToken,
    onAnswer: (path, status, sentBytes) =>
      void process.stderr.write(`${status} ${path.slice(0, 60)} ${formatBytes(sentBytes)}\n`),
  });
  if (isFault(share)) throw new FaultError(share);
  const stop = listenForStop(() => process.stderr.write('stopping\n'));
  const host = reachableHost(listen.address);
  const withToken = shownToken === null ? '' : ` --token ${shownToken}`;
  const { models } = store.list();
  if (json) {
    const names = models.map(({ name }) => name);
    process.stdout.write(`${JSON.stringify({ address: listen.address, port: share.port, models: names })}\n`);
  }
  process.stderr.write(
    `✔ ${models.length === 1 ? '1 model is' : `${models.length} models are`} shared at ${host}:${share.port}; on another rig:\n` +
      `  rerig models add farm:${host}:${share.port}/${models[0]?.name ?? 'NAME'}${withToken}\n`,
  );
  await stop.asked;
  await share.stop();
  stop.forget();
}

/** The address that other machines know: of "every address", the first that is not this machine's own. */
function reachableHost(address: string): string {
  if (address.includes(':') && address !== '::') return `[${address}]`;
  if (address !== '0.0.0.0' && address !== '::') return address;
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? address;
}
