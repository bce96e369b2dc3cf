import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import OpenAI from 'openai';
import { Pool } from 'undici';
import { expect } from 'vitest';
import { gatewayFault } from './faults.ts';
import { type GatewayOptions, type OpenedGateway, openGateway } from './open-gateway.ts';
import type { Caller, Delivery, GatewayPorts, KeptAnswer, Observation, Replica, RequestBounds } from './ports.ts';
import { BODY_BYTES_MAX } from './rim.ts';
import { caller, goodScript, replicaOf, type Script } from './scripted-replica.ts';

/** The bearer key and the one model of a gateway under test. */
export const KEY = 'rk-test-key-of-the-customer';
export const MODEL = 'tiny';

/** A gateway over replicas that play scripts, with an exchange in memory that notes all that it is told. */
export class ScriptedGateway {
  script: Script = goodScript;
  caller: Caller = caller;
  hasCredit = true;
  settleFaultCount = 0;
  admitted: { readonly requestId: string; readonly bounds: RequestBounds }[] = [];
  settled: { readonly requestId: string; readonly delivery: Delivery }[] = [];
  observed: Observation[] = [];
  health: string[] = [];
  replicas: readonly Replica[] = [];
  /** Asked where a model has no replica: whether one may be tried. */
  onAwait: () => boolean | Promise<boolean> = () => false;
  readonly ports: GatewayPorts;
  readonly app: FastifyInstance;
  readonly #kept = new Map<string, KeptAnswer>();
  readonly #server: Server;
  #pools: Pool[] = [];
  baseUrl = '';

  constructor() {
    this.#server = createServer((request, response) => this.script(request, response));
    this.app = Fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
    this.ports = this.#makePorts();
  }

  /** Starts it on loopback. */
  async open(options: GatewayOptions = {}): Promise<OpenedGateway> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const opened = await openGateway(this.app, this.ports, options);
    this.baseUrl = await this.app.listen({ host: '127.0.0.1', port: 0 });
    this.reset();
    return opened;
  }

  /** One good replica, and nothing noted. */
  reset(): void {
    this.script = goodScript;
    this.caller = caller;
    this.hasCredit = true;
    this.settleFaultCount = 0;
    this.admitted = [];
    this.settled = [];
    this.observed = [];
    this.health = [];
    this.onAwait = () => false;
    this.replicas = [this.replica(`r-${Math.random()}`)];
  }

  /** A replica that plays the script, or one of another port. */
  replica(replicaId: string, port = portOf(this.#server)): Replica {
    const pool = new Pool(`http://127.0.0.1:${port}`);
    this.#pools.push(pool);
    return replicaOf(replicaId, MODEL, pool);
  }

  /** The official client, which tries nothing twice. */
  openai(key = KEY): OpenAI {
    return new OpenAI({ apiKey: key, baseURL: `${this.baseUrl}/v1`, maxRetries: 0 });
  }

  /** Waits until so many requests are settled. Gives how each ended, in order. */
  async outcomes(count: number): Promise<readonly string[]> {
    await expect.poll(() => this.settled.length, { timeout: 10_000 }).toBe(count);
    return this.settled.map(({ delivery }) => delivery.outcome);
  }

  /** Waits until the one request is settled. */
  async settlement(): Promise<Delivery> {
    await this.outcomes(1);
    const [first] = this.settled;
    if (first === undefined) expect.fail('nothing was settled');
    return first.delivery;
  }

  post(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    path = '/v1/chat/completions',
  ): Promise<Response> {
    return fetch(`${this.baseUrl}${path}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    });
  }

  async close(): Promise<void> {
    await this.app.close();
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #makePorts(): GatewayPorts {
    return {
      authenticate: async (secret) =>
        secret === KEY
          ? this.caller
          : gatewayFault('invalid_api_key', { what: 'It was refused.', why: 'It is unknown.', mend: 'Check it.' }),
      models: async () => [
        {
          model: MODEL,
          ownedBy: 'op',
          createdAtUnixSeconds: 1,
          status: 'ready',
          coldStartMs: 1200,
          contextTokens: 1024,
          priceMicroUsdPerMillionPromptTokens: 50_000n,
          priceMicroUsdPerMillionCompletionTokens: 200_000n,
        },
      ],
      replicas: async (_caller, model) =>
        model === MODEL
          ? this.replicas
          : gatewayFault('model_not_found', { what: 'It is not there.', why: 'Unknown.', mend: 'Ask another.' }),
      awaitReplica: async () => {
        if (await this.onAwait()) return null;
        return gatewayFault('no_replica', { what: 'It is not there.', why: 'None started.', mend: 'Wait.' });
      },
      reportReplica: (replicaId, health) => this.health.push(`${replicaId} ${health}`),
      admit: async (_caller, { requestId, bounds }) => {
        if (!this.hasCredit) {
          return gatewayFault('insufficient_quota', { what: 'Refused.', why: 'No credit.', mend: 'Add credit.' });
        }
        this.admitted.push({ requestId, bounds });
        return null;
      },
      settle: async (requestId, delivery) => {
        if (this.settleFaultCount > 0) {
          this.settleFaultCount -= 1;
          return gatewayFault('accounting_unavailable', { what: 'Not now.', why: 'It is away.', mend: 'Wait.' });
        }
        this.settled.push({ requestId, delivery });
        return null;
      },
      now: () => performance.now(),
      makeUniqueId: randomUUID,
      findAnswer: async ({ organisationId }, key) => this.#kept.get(`${organisationId} ${key}`) ?? null,
      keepAnswer: async ({ organisationId }, key, answer) => {
        this.#kept.set(`${organisationId} ${key}`, answer);
        return null;
      },
      observe: (observation) => this.observed.push(observation),
    };
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
