import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultError, InvariantError, isFault } from '@rerig/domain/fault';
import { BODY_BYTES_MAX, type GatewayPorts, gatewayFault, openGateway, type Replica } from '@rerig/gateway/gateway';
import Fastify, { type FastifyInstance } from 'fastify';
import { Pool } from 'undici';
import { z } from 'zod';
import { openStore, type Store } from '../store/database.ts';
import { ensureOrganisation } from '../store/organisations.ts';
import { Accounting } from './accounting.ts';
import { issueApiKey } from './api-keys.ts';
import type { BatchLoop } from './batch-loop.ts';
import { demoCustomerId, ensureDemoTenants } from './demo-tenants.ts';
import { Directory } from './directory.ts';
import { KeptAnswers } from './kept-answers.ts';
import { openBatchWork } from './open-batch-work.ts';
import { timeOrderedId } from './time-ordered-id.ts';

export const MODEL = 'tiny';
const SLOTS = 8;

/** A request as the scripted model server sees it. */
const askedSchema = z.looseObject({
  stream: z.boolean().optional(),
  messages: z.array(z.looseObject({ content: z.string().nullish() })).optional(),
});
export type AskedOfReplica = z.infer<typeof askedSchema>;

/** An exchange with its real books, stores and doors, over one replica that plays a script. */
export class ScriptedExchange {
  readonly dataFolder = mkdtempSync(join(tmpdir(), 'rerig-batches-'));
  readonly errors: unknown[] = [];
  readonly asked: AskedOfReplica[] = [];
  /** What the replica says to what it is asked; a refusal where it is no text. */
  say: (asked: AskedOfReplica) => string | { readonly statusCode: number } = (asked) => `You said ${lastOf(asked)}`;
  toolCall: { readonly name: string; readonly arguments: string } | null = null;
  /** Held back until this resolves. */
  gate: Promise<void> = Promise.resolve();
  answeringCount = 0;
  answeringCountMost = 0;
  baseUrl = '';
  customerSecret = '';
  strangerSecret = '';
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));
  readonly #app: FastifyInstance = Fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  #replicaPool: Pool | null = null;
  #ports: GatewayPorts | null = null;
  #store: Store | null = null;
  #accounting: Accounting | null = null;
  #answers: KeptAnswers | null = null;
  #loop: BatchLoop | null = null;

  get store(): Store {
    if (this.#store === null) throw new InvariantError('the exchange under test is not open');
    return this.#store;
  }

  get loop(): BatchLoop {
    if (this.#loop === null) throw new InvariantError('the exchange under test is not open');
    return this.#loop;
  }

  get accounting(): Accounting {
    if (this.#accounting === null) throw new InvariantError('the exchange under test is not open');
    return this.#accounting;
  }

  async open(): Promise<void> {
    const store = await openStore(this.dataFolder);
    if (isFault(store)) throw new FaultError(store);
    this.#store = store;
    const lease = await ensureDemoTenants(store.database, MODEL);
    if (isFault(lease)) throw new FaultError(lease);
    await ensureOrganisation(store.database, { organisationId: 'stranger', name: 'Stranger', role: 'customer' });
    this.customerSecret = (await issueApiKey(store.database, demoCustomerId, 'key-customer')).secret;
    this.strangerSecret = (await issueApiKey(store.database, 'stranger', 'key-stranger')).secret;
    const { accounting } = await Accounting.open(store, (error) => this.errors.push(error));
    this.#accounting = accounting;
    const directory = new Directory({ database: store.database, isCurrent: () => true });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#replicaPool = new Pool(`http://127.0.0.1:${port}`);
    const onError = (error: unknown) => this.errors.push(error);
    const answers = new KeptAnswers(store.database);
    this.#answers = answers;
    const work = openBatchWork({ pool: store.pool, directory, refusal: () => null, onError });
    const ports = portsOf({ directory, accounting, answers }, [replicaOf(this.#replicaPool)]);
    this.#ports = ports;
    const opened = await openGateway(this.#app, ports, { stores: work.stores });
    this.baseUrl = `${await this.#app.listen({ host: '127.0.0.1', port: 0 })}/v1`;
    this.#loop = work.start(opened);
  }

  /** Admits a request of the customer's, as a door does for a batch. */
  async admitBatch(requestId: string): Promise<void> {
    const caller = await this.#ports?.authenticate(this.customerSecret);
    if (this.#ports === null || caller === undefined || isFault(caller)) throw new InvariantError('the key is unknown');
    const bounds = { promptTokens: 100, completionTokens: 8 };
    const refused = await this.#ports.admit(caller, { requestId, model: MODEL, bounds, priority: 'batch' });
    if (refused !== null) throw new FaultError(refused);
  }

  async close(): Promise<void> {
    await this.#loop?.close();
    await this.#app.close();
    this.#answers?.close();
    await this.#accounting?.close();
    await this.#replicaPool?.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#store?.close();
    rmSync(this.dataFolder, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const asked = askedSchema.parse(JSON.parse(Buffer.concat(pieces).toString()));
    this.asked.push(asked);
    this.answeringCount += 1;
    this.answeringCountMost = Math.max(this.answeringCountMost, this.answeringCount);
    await this.gate;
    this.answeringCount -= 1;
    const said = this.say(asked);
    if (typeof said !== 'string') {
      response.writeHead(said.statusCode, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 4,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 6 },
    };
    const head = { id: 'up', created: 1, model: 'up' };
    if (request.url === '/v1/embeddings') {
      const data = [{ object: 'embedding', index: 0, embedding: [1, 0] }];
      response.end(
        JSON.stringify({ object: 'list', model: 'up', data, usage: { prompt_tokens: 10, total_tokens: 10 } }),
      );
      return;
    }
    const calls =
      this.toolCall === null
        ? {}
        : { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: this.toolCall }] };
    const content = this.toolCall === null ? said : null;
    const finish = this.toolCall === null ? 'stop' : 'tool_calls';
    if (asked.stream !== true) {
      const message = { role: 'assistant', content, ...calls };
      const choices = [{ index: 0, message, logprobs: null, finish_reason: finish }];
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const deltas = content === null ? [calls] : [{ content: content.slice(0, 4) }, { content: content.slice(4) }];
    for (const [at, delta] of deltas.entries()) {
      const choices = [{ index: 0, delta, finish_reason: at === deltas.length - 1 ? finish : null }];
      response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, usage })}\n\n`);
    }
    response.end('data: [DONE]\n\n');
  }
}

/** The text of the last message. */
export function lastOf({ messages }: AskedOfReplica): string {
  return messages?.at(-1)?.content ?? '';
}

interface PortsParts {
  readonly directory: Directory;
  readonly accounting: Accounting;
  readonly answers: KeptAnswers;
}

function portsOf({ directory, accounting, answers }: PortsParts, replicas: readonly Replica[]): GatewayPorts {
  const leasesOf = async (organisationId: string) => {
    const leases = await directory.leases(organisationId);
    if (isFault(leases)) throw new FaultError(leases);
    return leases;
  };
  const noLease = () =>
    gatewayFault('model_not_found', { what: 'It is not there.', why: 'No lease.', mend: 'Take one.' });
  return {
    authenticate: async (secret) => {
      const key = await directory.authenticate(secret);
      return isFault(key) ? key : key.caller;
    },
    models: async () => [],
    replicas: async ({ organisationId }, model) => ((await leasesOf(organisationId)).has(model) ? replicas : noLease()),
    awaitReplica: async () => null,
    admit: async ({ apiKeyId, organisationId }, admission) => {
      const key = await directory.key(apiKeyId);
      if (isFault(key)) return key;
      const lease = (await leasesOf(organisationId)).get(admission.model);
      return lease === undefined ? noLease() : accounting.admit(key, lease, admission);
    },
    settle: (requestId, delivery) => accounting.settle(requestId, delivery),
    findAnswer: ({ organisationId }, key) => answers.find(organisationId, key),
    keepAnswer: ({ organisationId }, key, answer) => answers.keep(organisationId, key, answer),
    reportReplica: () => undefined,
    now: () => performance.now(),
    makeUniqueId: timeOrderedId,
  };
}

function replicaOf(dispatcher: Pool): Replica {
  return {
    replicaId: 'r',
    model: MODEL,
    contextTokens: 1024,
    parallelCount: SLOTS,
    doors: ['chat', 'completions', 'embeddings'],
    kind: 'ours',
    operatorId: 'op',
    cardModel: 'RX 580 8GB',
    region: null,
    isolation: 'process',
    tokensPerSecond: null,
    priceMicroUsdPerMillionCompletionTokens: 200_000n,
    isDraining: false,
    dispatcher,
    upstreamModel: null,
    pathPrefix: '',
  };
}
