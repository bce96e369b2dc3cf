import { EventEmitter } from 'node:events';
import { rigSchema } from '@rerig/api/agent';
import { type CardView, type FarmView, toWireRig } from '@rerig/api/exchange';
import { type AssessedFarm, gradeFarm } from '@rerig/domain/grading';
import type { Rig } from '@rerig/domain/inventory';
import { accountId } from '@rerig/domain/ledger';
import { z } from 'zod';
import type { Database } from '../store/database.ts';
import { readAccounts } from '../store/ledger-rows.ts';
import type { Activity } from './accounting.ts';
import { demoOperatorId } from './demo-tenants.ts';
import type { ReplicaReport } from './replica-report.ts';
import type { ReplicaRegistry } from './replicas.ts';

/** An inventory as it is stored. */
export const inventorySchema = z
  .object({ farmName: z.string(), isExample: z.boolean(), rigs: z.array(rigSchema).readonly() })
  .readonly();

/** A farm as it was read from its rigs' messages: kept over restarts, and graded anew at each of them. */
export type FarmInventory = z.infer<typeof inventorySchema>;

/** The one farm that an exchange of one operator has. */
export const FARM_ID = 'farm';
const noInventory: FarmInventory = { farmName: 'Farm', isExample: false, rigs: [] };

/** The farm as the console shows it: live rigs first, then the inventory, what each card does, the books. Emits `change`. */
export class FarmBoard extends EventEmitter<{ change: [] }> {
  readonly #database: Database;
  readonly #replicas: ReplicaRegistry;
  readonly #activity: () => Activity;
  readonly #liveRigs = new Map<string, Rig>();
  #inventory = noInventory;
  #changedAt = new Date();

  constructor(database: Database, replicas: ReplicaRegistry, activity: () => Activity) {
    super();
    this.#activity = activity;
    this.#database = database;
    this.#replicas = replicas;
    this.on('change', () => {
      this.#changedAt = new Date();
    });
    replicas.on('change', () => this.emit('change'));
  }

  /** The inventory of an earlier start, which is shown from now on; null where there is none, or none that we can read. */
  async loadInventory(): Promise<FarmInventory | null> {
    const row = await this.#database
      .selectFrom('farm_snapshot')
      .select('snapshot')
      .where('farm_id', '=', FARM_ID)
      .executeTakeFirst();
    const kept = inventorySchema.safeParse(row?.snapshot);
    if (!kept.success) return null;
    this.#inventory = kept.data;
    this.emit('change');
    return kept.data;
  }

  /** Replaces the inventory, durably. */
  async setInventory(inventory: FarmInventory): Promise<void> {
    const snapshot = JSON.stringify(inventory);
    await this.#database
      .insertInto('farm_snapshot')
      .values({ farm_id: FARM_ID, operator_id: demoOperatorId, snapshot })
      .onConflict((conflict) => conflict.column('farm_id').doUpdateSet({ snapshot, updated_at: new Date() }))
      .execute();
    this.#inventory = inventory;
    this.emit('change');
  }

  /** Replaces what is known of a rig on which an agent runs. */
  setLiveRig(rig: Rig): void {
    this.#liveRigs.set(rig.rigId, rig);
    this.emit('change');
  }

  /** Every rig, graded: live ones first; one that is live and in the inventory too is shown live. */
  assessed(): AssessedFarm {
    const listed = this.#inventory.rigs.filter(({ rigId }) => !this.#liveRigs.has(rigId));
    return gradeFarm({ rigs: [...this.#liveRigs.values(), ...listed] });
  }

  /** The farm now. */
  async view(): Promise<FarmView> {
    const accounts = await readAccounts(this.#database);
    const totals = this.#activity();
    const balanceOf = (id: string) => accounts.find((account) => account.accountId === id)?.balanceMicroUsd ?? 0n;
    const replicas = this.#replicas.all();
    const rigs = this.assessed().rigs.map(toWireRig);
    return {
      farmName: this.#inventory.farmName,
      isExample: this.#inventory.isExample,
      updatedAt: this.#changedAt.toISOString(),
      rigs: rigs.map((rig) => ({ ...rig, cards: rig.cards.map((card) => withState(card, replicas)) })),
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
  const replica = replicas.find(({ cardId, moreCardIds }) => [cardId, ...moreCardIds].includes(card.cardId));
  return replica === undefined ? card : { ...card, state: replica.state, workload: replica.model };
}
