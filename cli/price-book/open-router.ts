import type { PriceFigure } from '@rerig/domain/economics';
import { z } from 'zod';
import { changedShape } from './fetch-json.ts';
import type { PriceSource } from './price-source.ts';

const TITLE = 'OpenRouter, prices of tokens';

/** Open models that stand for a size class: those that a card of a farm may serve itself. */
const classByModel: Readonly<Record<string, string>> = {
  'meta-llama/llama-3.2-1b-instruct': '1B',
  'meta-llama/llama-3.2-3b-instruct': '3B',
  'meta-llama/llama-3.1-8b-instruct': '8B',
  'qwen/qwen3-8b': '8B',
  'qwen/qwen3-14b': '14B',
  'microsoft/phi-4': '14B',
  'qwen/qwen3-32b': '32B',
  'qwen/qwen3-30b-a3b': '30B-A3B',
  'qwen/qwen3-30b-a3b-instruct-2507': '30B-A3B',
};

const modelsSchema = z.object({ data: z.array(z.unknown()) });

const modelSchema = z.object({
  id: z.string(),
  pricing: z.object({ prompt: z.coerce.number(), completion: z.coerce.number() }),
});

/** Tokens of an open model, as customers pay for them: the least that any of its hosts asks. */
export const openRouter: PriceSource = {
  name: 'open-router',
  title: TITLE,
  addresses: ['https://openrouter.ai/api/v1/models'],
  read([answer], today) {
    const models = modelsSchema.safeParse(answer);
    if (!models.success) return changedShape(TITLE, 'It has no list "data".');
    const figures = models.data.data.flatMap((model) => figuresOf(model, today));
    if (figures.length === 0)
      return changedShape(TITLE, 'None of the models that stand for a size class is among them.');
    return figures;
  },
};

function figuresOf(answer: unknown, today: string): readonly PriceFigure[] {
  const parsed = modelSchema.safeParse(answer);
  const priceClass = parsed.success ? classByModel[parsed.data.id] : undefined;
  if (!parsed.success || priceClass === undefined) return [];
  const { id, pricing } = parsed.data;
  return (['input', 'output'] as const).flatMap((direction): readonly PriceFigure[] => {
    const value = (direction === 'input' ? pricing.prompt : pricing.completion) * 1e6;
    // Free copies and routers without a price of their own are no market.
    if (!(value > 0) || !Number.isFinite(value)) return [];
    const kind = direction === 'input' ? 'token-input' : 'token-output';
    return [
      {
        ...{
          figureId: `${kind}/${priceClass}/open-router/${id}`,
          kind,
          subject: priceClass,
          value,
          unit: 'USD/Mtoken',
        },
        ...{ date: today, venue: 'OpenRouter', confidence: 'high', source: `openrouter.ai/api/v1/models: ${id}` },
      },
    ];
  });
}
