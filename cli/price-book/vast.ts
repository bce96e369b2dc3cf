import { matchCard } from '@rerig/domain/cards';
import { type PriceFigure, slugOf } from '@rerig/domain/economics';
import { MIB } from '@rerig/domain/quantity';
import { z } from 'zod';
import { changedShape } from './fetch-json.ts';
import type { PriceSource } from './price-source.ts';

const TITLE = 'Vast.ai, rents by the hour';

/** Fewer offers of a card than this are no market. */
const LEAST_OFFERS = 3;

const QUERY = JSON.stringify({
  ...{ verified: { eq: true }, rentable: { eq: true }, external: { eq: false }, type: 'on-demand' },
  ...{ order: [['dph_total', 'asc']], limit: 5000 },
});

const offersSchema = z.object({ offers: z.array(z.unknown()) });

const offerSchema = z.object({
  gpu_name: z.string(),
  num_gpus: z.number().int().positive(),
  /** Of all its cards. */
  dph_total: z.number().positive(),
});

/**
 * What renters are asked for a card and hour, the middle of all offers that can be rented now. Cards that the catalogue
 * cannot tell for certain are left out. The search asks for no key.
 */
export const vast: PriceSource = {
  name: 'vast',
  title: TITLE,
  addresses: [`https://console.vast.ai/api/v0/bundles/?q=${encodeURIComponent(QUERY)}`],
  read([answer], today) {
    const list = offersSchema.safeParse(answer);
    if (!list.success) return changedShape(TITLE, 'It has no list "offers".');
    const asks = list.data.offers.flatMap(askOf);
    const figures = [...Map.groupBy(asks, ({ modelName }) => modelName)].flatMap(([modelName, of]) =>
      figureOf(
        modelName,
        of.map(({ usdPerHour }) => usdPerHour),
        today,
      ),
    );
    if (figures.length === 0) return changedShape(TITLE, `No card has ${LEAST_OFFERS} offers or more.`);
    return figures;
  },
};

interface Ask {
  readonly modelName: string;
  readonly usdPerHour: number;
}

function askOf(answer: unknown): readonly Ask[] {
  const parsed = offerSchema.safeParse(answer);
  if (!parsed.success) return [];
  const { gpu_name, num_gpus, dph_total } = parsed.data;
  const match = matchCard({ name: gpu_name.replaceAll('_', ' '), ...vramOf(answer) });
  return match.kind === 'matched' ? [{ modelName: match.model.name, usdPerHour: dph_total / num_gpus }] : [];
}

/** VRAM of one card, which the offer gives in MB as its driver has it. */
function vramOf(answer: unknown): { readonly vramBytes?: number } {
  const fields = new Map<string, unknown>(typeof answer === 'object' && answer !== null ? Object.entries(answer) : []);
  const mib = fields.get('gpu_ram');
  return typeof mib === 'number' && mib > 0 ? { vramBytes: Math.round(mib * MIB) } : {};
}

function figureOf(modelName: string, asks: readonly number[], today: string): readonly PriceFigure[] {
  if (asks.length < LEAST_OFFERS) return [];
  const sorted = asks.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? 0;
  return [
    {
      ...{ figureId: `rental/${slugOf(modelName)}/vast`, kind: 'rental', subject: modelName },
      ...{ value: at(0.5), low: at(0.05), high: at(0.95), unit: 'USD/h', date: today, venue: 'Vast.ai' },
      ...{
        confidence: 'medium',
        source: `console.vast.ai, ${asks.length} offers`,
        note: 'what is asked, not what is earned',
      },
    },
  ];
}
