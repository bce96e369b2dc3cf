import { join } from 'node:path';
import { type ProbeReport, probeMachine } from '@rerig/agent/probe';
import { type Fault, FaultError, isFault } from '@rerig/domain/fault';
import { gradeRig } from '@rerig/domain/grading';
import type { Lease } from '@rerig/domain/market';
import { formatBytes } from '@rerig/domain/quantity';
import { type Exchange, openExchange, type ReplicaReport } from '@rerig/server/server';
import { type ChosenModel, chooseModel } from '../chosen-model.ts';
import { openDataFolder, rememberedPort, rememberPort } from '../data-folder.ts';
import { renderFarm } from '../farm-table.ts';
import { cliFault } from '../faults.ts';
import { renderProbe } from '../probe.ts';
import { step } from '../steps.ts';
import { listenForStop, type StopRequest } from '../stop-request.ts';
import { columnCount, hasColor, printFault } from '../terminal.ts';
import { AnswerText } from './answer-text.ts';
import { demoKey } from './demo-key.ts';
import { askOnce, demoQuestion } from './demonstration.ts';
import {
  type ChosenInventory,
  type InventoryWish,
  originText,
  readGivenInventory,
  settleInventory,
} from './farm-inventory.ts';
import { leaseName, offerModels, servedFile, watchServer } from './offer-models.ts';
import { type OpenFarm, openFarm, serveOn, stopped } from './open-farm.ts';
import { type Receipt, readReceipt, renderReceipt } from './receipt.ts';
import { type ServingCandidate, servingCandidates } from './serving-candidates.ts';
import { renderStanding, type Standing, toUpDocument } from './standing.ts';
import type { WatchedServer } from './watched-server.ts';

/** What `rerig up` was asked for. */
export interface UpOptions {
  /** Null: the last start's port where it is free, else any free one. */
  readonly port: number | null;
  readonly dataFolder: string;
  readonly inventory: InventoryWish;
  /** Names in the model store, or paths; the first is served at once, the others when they are asked for. */
  readonly models: readonly [string, ...string[]];
  /** Other servers that are served under a name. */
  readonly servers: readonly WatchedServer[];
  /** How long a replica stays after its last request. */
  readonly keepWarmMs: number;
  readonly isOnce: boolean;
  /** Whether stdout gets one JSON document, and nothing else. */
  readonly isJson: boolean;
}

const CONSOLE_DIST = join(import.meta.dirname, '../../console/dist');

/**
 * Starts everything, shows it once, and stays until told to stop; closes what it opened, in reverse, however it ends.
 * Throws `FaultError` for what can't be started; its code is `stopped` where the wish to stop came first.
 */
export async function runUp(options: UpOptions): Promise<void> {
  const stop = listenForStop(() => process.stderr.write('\nStopping (Ctrl-C again to end at once) …\n'));
  const opened = new AsyncDisposableStack();
  try {
    const up = new UpRun(options, stop, opened);
    const standing = await up.start();
    if (options.isJson) process.stdout.write(`${JSON.stringify(toUpDocument(standing), null, 2)}\n`);
    else process.stdout.write(renderStanding(standing, options.isOnce));
    if (!options.isOnce) await stop.asked;
  } finally {
    await opened.disposeAsync();
    stop.forget();
    if (stop.signal.aborted) process.stderr.write('✔ Stopped; everything is stored.\n');
  }
}

/** One start, step by step: what is opened goes on the stack, so that it is closed in reverse. */
class UpRun {
  readonly #options: UpOptions;
  readonly #stop: StopRequest;
  readonly #opened: AsyncDisposableStack;

  constructor(options: UpOptions, stop: StopRequest, opened: AsyncDisposableStack) {
    this.#options = options;
    this.#stop = stop;
    this.#opened = opened;
  }

  async start(): Promise<Standing> {
    const { inventory: wish } = this.#options;
    const models = await this.#chooseModels();
    const [file] = models;
    const given = orThrow(await readGivenInventory(wish));
    const dataFolder = orThrow(openDataFolder(this.#options.dataFolder));
    const report = await this.#probe(dataFolder);
    const exchange = await this.#openExchange(dataFolder);
    const lease = orThrow(await leaseName(exchange, file.modelName));
    const inventory = await this.#settleInventory(exchange, given);
    const { served, card, farm } = await this.#serve(report, dataFolder, exchange, file);
    await this.#offerAll(exchange, farm, models);
    const port = await this.#listen(dataFolder, exchange);
    const key = await demoKey(exchange, dataFolder);
    const url = `http://127.0.0.1:${port}`;
    const receipt = await this.#demonstrate(`${url}/v1`, key, exchange, lease);
    const others = [...models.slice(1), ...this.#options.servers].map(({ modelName }) => modelName);
    return {
      url,
      key,
      card,
      served,
      modelName: file.modelName,
      others,
      dataFolder,
      inventory,
      receipt,
      exchange,
      report,
    };
  }

  async #chooseModels(): Promise<readonly [ChosenModel, ...ChosenModel[]]> {
    const [first, ...rest] = this.#options.models;
    const choose = async (wish: string) => orThrow(await chooseModel(wish, this.#options.dataFolder));
    const chosen: readonly [ChosenModel, ...ChosenModel[]] = [
      await choose(first),
      ...(await Promise.all(rest.map(choose))),
    ];
    const names = [...chosen, ...this.#options.servers].map(({ modelName }) => modelName);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new FaultError(nameTwice(twice));
    return chosen;
  }

  /** From here on models start and end by demand; other servers are watched. */
  async #offerAll(exchange: Exchange, farm: OpenFarm, models: readonly ChosenModel[]): Promise<void> {
    const { servers, keepWarmMs } = this.#options;
    for (const { modelName } of [...models.slice(1), ...servers]) orThrow(await leaseName(exchange, modelName));
    offerModels(exchange, farm, models, keepWarmMs);
    for (const [index, server] of servers.entries()) {
      const refused = await watchServer(farm, server, String(index + 1));
      if (refused !== null) throw new FaultError(refused);
    }
  }

  async #probe(dataFolder: string): Promise<ProbeReport> {
    const report = await this.#step('Looking at this machine', () => probeMachine({ dataFolder }), machineText);
    this.#print(`\n${renderProbe(report, columnCount())}\n`);
    return report;
  }

  async #openExchange(dataFolder: string): Promise<Exchange> {
    const exchange = await this.#step(
      'Opening the exchange and its database',
      () => openExchange({ dataFolder, consoleDistFolder: CONSOLE_DIST }),
      ({ postgresVersion, recoveredCount }) =>
        `Exchange open, on a private PostgreSQL ${postgresVersion.split('-')[0]}${recoveredText(recoveredCount)}`,
    );
    this.#opened.defer(() => exchange.close());
    return exchange;
  }

  async #settleInventory(exchange: Exchange, given: ChosenInventory | null): Promise<ChosenInventory> {
    const inventory = await this.#step(
      'Reading the inventory',
      () => settleInventory(exchange, given, this.#options.inventory),
      originText,
    );
    for (const fault of inventory.faults) printFault(fault);
    return inventory;
  }

  /** Tries this machine's cards from the best on, and its processor where no card can serve. */
  async #serve(
    report: ProbeReport,
    dataFolder: string,
    exchange: Exchange,
    file: ChosenModel,
  ): Promise<{ readonly served: ReplicaReport; readonly card: ServingCandidate; readonly farm: OpenFarm }> {
    const farm = await this.#openFarm(report, dataFolder, exchange);
    const style = { columnCount: columnCount(), color: hasColor() && !this.#options.isJson };
    this.#print(`\n${renderFarm(exchange.farm.assessed(), style)}\n`);
    const candidates = servingCandidates(gradeRig(report.rig));
    const tried = await this.#tryInTurn(candidates, farm, exchange, file);
    if (tried !== null) return { ...tried, farm };
    await farm.close();
    const offered = await probeMachine({ dataFolder, offersProcessor: 'always' });
    const processors = servingCandidates(gradeRig(offered.rig)).filter(({ route }) => route === 'cpu');
    const lastFarm = await this.#openFarm(offered, dataFolder, exchange);
    const last = await this.#tryInTurn(processors, lastFarm, exchange, file);
    if (last === null) throw new FaultError(nothingServes(candidates.length + processors.length));
    return { ...last, farm: lastFarm };
  }

  async #openFarm(report: ProbeReport, dataFolder: string, exchange: Exchange): Promise<OpenFarm> {
    const farm = orThrow(await openFarm(report, dataFolder, exchange));
    this.#opened.defer(() => farm.close());
    if (farm.orphanCount > 0) process.stderr.write(`  ended ${farm.orphanCount} workloads that a crash had left\n`);
    return farm;
  }

  async #tryInTurn(candidates: readonly ServingCandidate[], farm: OpenFarm, exchange: Exchange, file: ChosenModel) {
    for (const card of candidates) {
      const served = await this.#step(
        `Starting the model server on ${card.name}`,
        async () => {
          const result = await serveOn(card, servedFile(file), farm, exchange, this.#stop.signal);
          // A card that can't serve is no reason to end: the next one is tried.
          return isFault(result) && result.code !== 'stopped' ? { refusal: result } : result;
        },
        (result) =>
          'refusal' in result
            ? `The model server does not run on ${card.name}`
            : `${result.model} is served on ${card.name}, route ${card.route}`,
      );
      if (!('refusal' in served)) return { served, card };
      printFault(served.refusal);
    }
    return null;
  }

  async #listen(dataFolder: string, exchange: Exchange): Promise<number> {
    const ports = { port: this.#options.port, preferredPort: rememberedPort(dataFolder) };
    const port = orThrow(await exchange.listen(ports));
    rememberPort(dataFolder, port);
    return port;
  }

  async #demonstrate(apiUrl: string, key: string, exchange: Exchange, lease: Lease): Promise<Receipt> {
    this.#checkStop();
    this.#print(`Question  ${demoQuestion}\n`);
    const text = new AnswerText((part) => this.#print(part), columnCount(), '          ');
    const answer = orThrow(await askOnce(apiUrl, key, lease.model, (piece) => text.push(piece)));
    text.finish();
    const receipt = orThrow(await readReceipt(exchange, lease, answer));
    this.#print(`\n${renderReceipt(receipt)}\n`);
    return receipt;
  }

  async #step<T>(title: string, work: () => Promise<T | Fault>, done: (value: T) => string): Promise<T> {
    this.#checkStop();
    const value = await step(title, work, done);
    this.#checkStop();
    return value;
  }

  #checkStop(): void {
    if (this.#stop.signal.aborted) throw new FaultError(stopped());
  }

  #print(text: string): void {
    if (!this.#options.isJson) process.stdout.write(text);
  }
}

function orThrow<T>(value: T | Fault): T {
  if (isFault(value)) throw new FaultError(value);
  return value;
}

function machineText({ rig, memory }: ProbeReport): string {
  const gpuCount = rig.cards.filter(({ kind }) => kind === 'gpu').length;
  const ram = memory.totalBytes === undefined ? '' : `, ${formatBytes(memory.totalBytes)} of RAM`;
  if (gpuCount === 0) return `This machine has no graphics card${ram}: its processor is offered as a card of kind cpu`;
  return `This machine has ${gpuCount} ${gpuCount === 1 ? 'card' : 'cards'}${ram}`;
}

function recoveredText(recoveredCount: number): string {
  if (recoveredCount === 0) return '';
  return `; ${recoveredCount} ${recoveredCount === 1 ? 'hold' : 'holds'} that a crash had left open: charged for what was metered, the rest released`;
}

function nameTwice(name: string): Fault {
  return cliFault('model-named-twice', {
    what: `Two models are called ${name}.`,
    why: 'Customers ask for a model by its name, and it must be one.',
    mend: 'Leave one out, or give its file, or its name in "rerig models add", another name.',
  });
}

function nothingServes(triedCount: number): Fault {
  return cliFault('no-card', {
    what: 'No card of this machine serves the model.',
    why: `${triedCount} were tried; what each said stands above.`,
    mend: 'Mend one of those, and start again: what is stored is kept.',
  });
}
