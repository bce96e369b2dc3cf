import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { agentEventSchema } from '@rerig/api/agent';
import { FaultError, isFault } from '@rerig/domain/fault';
import { demoCustomerId, ensureDemoTenants, issueApiKey, openExchange } from '@rerig/server/server';

const CHARGE_LINE = 'charge';
const CONSOLE_DIST = join(import.meta.dirname, '../../console/dist');

/**
 * The exchange as a process of its own: PostgreSQL, gateway, a customer with credit, a lease and a key. Takes a data
 * folder and a model's name; prints its port and key as a JSON line; then applies each JSON line on stdin as an agent's
 * event, and answers it with one. At the line `charge` it charges all that is metered first.
 */
async function main(dataFolder: string, model: string): Promise<void> {
  const exchange = await openExchange({ dataFolder, consoleDistFolder: CONSOLE_DIST });
  if (isFault(exchange)) throw new FaultError(exchange);
  const lease = await ensureDemoTenants(exchange.database, model);
  if (isFault(lease)) throw new FaultError(lease);
  const { secret } = await issueApiKey(exchange.database, demoCustomerId, 'key-bench');
  const port = await exchange.listen({ port: null, preferredPort: null });
  if (isFault(port)) throw new FaultError(port);
  process.stdout.write(`${JSON.stringify({ port, apiKey: secret })}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === CHARGE_LINE) await exchange.chargeAll();
    else exchange.applyAgentEvent(agentEventSchema.parse(JSON.parse(line)));
    process.stdout.write('{}\n');
  }
  // The end of stdin is the wish to stop.
  await exchange.close();
}

const [dataFolder, model] = process.argv.slice(2);
process.on('SIGTERM', () => undefined);
await main(dataFolder ?? '', model ?? '');
