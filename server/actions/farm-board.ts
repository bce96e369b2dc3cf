import { EventEmitter } from 'node:events';
import type { CardView, FarmView, RigView } from '@rerig/api/exchange';
import { accountId } from '@rerig/domain/ledger';
import type { Database } from '../store/database.ts';
import { readAccounts } from '../store/ledger-rows.ts';
import { readRequestTotals } from '../store/requests.ts';
import { demoOperatorId } from './demo-tenants.ts';
import type { ReplicaRegistry, ReplicaReport } from './replicas.ts';

/** The farm as it was assessed: what is known of its rigs and cards, without what they do now. */
export interface AssessedFarmView {
  readonly farmName: string;
  readonly isExample: boolean;
  readonly rigs: readonly RigView[];
}

const FARM_ID = 'farm';

/** The farm as the console shows it: the assessment, what each card does now, and the books. Emits `change`. */
export class FarmBoard extends EventEmitter<{ change: [] }> {
  readonly #database: Database;
  readonly #replicas: ReplicaRegistry;
  #farm: AssessedFarmView = { farmName: 'Farm', isExample: false, rigs: [] };
  #changedAt = new Date();

  constructor(database: Database, replicas: ReplicaRegistry) {
    super();
    this.#database = database;
    this.#replicas = replicas;
    const changed = () => {
      this.#changedAt = new Date();
    };
    this.on('change', changed);
    replicas.on('change', () => this.emit('change'));
  }

  /** Replaces the assessed farm, durably. */
  async setFarm(farm: AssessedFarmView): Promise<void> {
    const row = { farm_id: FARM_ID, operator_id: demoOperatorId, snapshot: JSON.stringify(farm) };
    await this.#database
      .insertInto('farm_snapshot')
      .values(row)
      .onConflict((conflict) =>
        conflict.column('farm_id').doUpdateSet({ snapshot: row.snapshot, updated_at: new Date() }),
      )
      .execute();
    this.#farm = farm;
    this.emit('change');
  }

  /** The farm now. */
  async view(): Promise<FarmView> {
    const [totals, accounts] = await Promise.all([readRequestTotals(this.#database), readAccounts(this.#database)]);
    const balanceOf = (id: string) => accounts.find((account) => account.accountId === id)?.balanceMicroUsd ?? 0n;
    const replicas = this.#replicas.all();
    return {
      farmName: this.#farm.farmName,
      isExample: this.#farm.isExample,
      updatedAt: this.#changedAt.toISOString(),
      rigs: this.#farm.rigs.map((rig) => ({ ...rig, cards: rig.cards.map((card) => withState(card, replicas)) })),
      activity: {
        requestCount: totals.requestCount,
        openRequestCount: totals.openRequestCount,
        promptTokens: totals.promptTokens,
        completionTokens: totals.completionTokens,
        chargedMicroUsd: totals.chargedMicroUsd.toString(),
        operatorMicroUsd: balanceOf(accountId('earned', demoOperatorId)).toString(),
        feeMicroUsd: balanceOf(accountId('fee', 'exchange')).toString(),
      },
    };
  }
}

function withState(card: CardView, replicas: readonly ReplicaReport[]): CardView {
  const replica = replicas.find(({ cardId }) => cardId === card.cardId);
  return replica === undefined ? card : { ...card, state: replica.state, workload: replica.model };
}
