import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '@rerig/api/agent';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Observation } from '@rerig/gateway/gateway';
import { openSpanSink, randomHex } from '@rerig/telemetry/traces';
import pino, { type Logger } from 'pino';
import { Accounting } from './actions/accounting.ts';
import { AgentEvents } from './actions/agent-events.ts';
import { Autoscaler } from './actions/autoscale.ts';
import { Directory } from './actions/directory.ts';
import { DiskGuard } from './actions/disk-guard.ts';
import { ExchangeMetrics } from './actions/exchange-metrics.ts';
import { FarmBoard } from './actions/farm-board.ts';
import { gatewayPorts } from './actions/gateway-ports.ts';
import { KeptAnswers } from './actions/kept-answers.ts';
import { openBatchWork } from './actions/open-batch-work.ts';
import { ReplicaRegistry } from './actions/replicas.ts';
import { recordRequest } from './actions/request-spans.ts';
import { buildServer, listenOnLoopback } from './http/open-server.ts';
import { type Database, openStore } from './store/database.ts';
import { DirectoryChanges } from './store/directory-changes.ts';

/** The exchange, open: its store, what it knows of farm and replicas, and its HTTP server. */
export interface Exchange {
  readonly database: Database;
  readonly replicas: ReplicaRegistry;
  readonly farm: FarmBoard;
  /** Starts and ends replicas by demand, once an agent is connected to it. */
  readonly autoscaler: Autoscaler;
  /** Holds that a crash had left open: charged for what was metered, and released, at this start. */
  readonly recoveredCount: number;
  readonly postgresVersion: string;
  /** Takes an agent's word: once and in order, whatever comes again. */
  applyAgentEvent(event: AgentEvent): void;
  /** Whether a key's secret is known and not revoked. */
  isKeyValid(secret: string): Promise<boolean>;
  /** Charges all that is metered, and gives back what is held and not reserved: the books as they stand. */
  chargeAll(): Promise<void>;
  /** Listens on loopback: on `port`, else on `preferredPort` if it is free, else on any. Gives the port. */
  listen(ports: { readonly port: number | null; readonly preferredPort: number | null }): Promise<number | Fault>;
  /** Stops the server, then the database. Requests under way are settled first where they can be. */
  close(): Promise<void>;
}

/** What an exchange is opened with. */
export interface ExchangeOptions {
  readonly dataFolder: string;
  /** The console's built pages. */
  readonly consoleDistFolder: string;
}

/** Opens the exchange: starts the database, takes its lock, migrates, and releases what a crash left open. */
export async function openExchange(options: ExchangeOptions): Promise<Exchange | Fault> {
  const store = await openStore(options.dataFolder);
  if (isFault(store)) return store;
  const { database } = store;
  const log = openLog(options.dataFolder);
  const opened = await Accounting.open(store, (error) => log.error({ err: error }, 'accounting broke'));
  const { accounting } = opened;
  const directory: Directory = new Directory({ database, isCurrent: () => changes.isListening });
  const changes = new DirectoryChanges(store.cluster.address, () => directory.forget());
  const answers = new KeptAnswers(database);
  const replicas = new ReplicaRegistry();
  const farm = new FarmBoard(database, replicas, () => accounting.activity());
  const agentEvents = new AgentEvents(replicas, farm);
  const autoscaler = new Autoscaler({ replicas, log: (words) => log.info(words) });
  const disk = new DiskGuard(options.dataFolder);
  const batchWork = openBatchWork({
    ...{ pool: store.pool, directory, refusal: () => disk.refusal() },
    onError: (error) => log.error({ err: error }, 'a batch broke'),
  });
  const spans = await openSpanSink('rerig-exchange', process.env);
  const metrics = new ExchangeMetrics(() => ({
    demand: gateway.demand(),
    replicas: replicas.all(),
    activity: accounting.activity(),
  }));
  const { app, opened: gateway } = await buildServer({
    gateway: gatewayPorts({
      ...{ accounting, directory, answers, replicas, autoscaler, disk },
      onChange: () => farm.emit('change'),
      traceHex: spans === null ? undefined : randomHex,
      onObservation: (observation) => {
        metrics.observe(observation);
        if (spans !== null) recordRequest(spans, observation, Date.now());
        logNamedRequest(log, observation);
      },
    }),
    metrics,
    stores: batchWork.stores,
    farm: { view: () => farm.view(), changes: farm },
    consoleDistFolder: options.consoleDistFolder,
    logger: log,
  });
  const batchLoop = batchWork.start(gateway);
  return {
    database,
    replicas,
    farm,
    autoscaler,
    recoveredCount: opened.closedHoldCount,
    postgresVersion: store.cluster.version,
    applyAgentEvent: (event) => agentEvents.apply(event),
    isKeyValid: async (secret) => !isFault(await directory.authenticate(secret)),
    chargeAll: () => accounting.chargeAll(),
    listen: (ports) => listenOnLoopback(app, ports),
    close: async () => {
      await batchLoop.close();
      autoscaler.close();
      await app.close();
      await replicas.close();
      answers.close();
      await accounting.close();
      await changes.close();
      await store.close();
      await spans?.close();
    },
  };
}

/** A client that names its request wants to find it again: its id stands beside ours in the log. */
function logNamedRequest(log: Logger, { requestId, clientRequestId, door, model, outcome }: Observation): void {
  if (clientRequestId === null) return;
  log.info({ requestId, clientRequestId, door, model, outcome }, 'a named request ended');
}

function openLog(dataFolder: string) {
  const folder = join(dataFolder, 'log');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: join(folder, 'server.log'), sync: true }),
  );
}
