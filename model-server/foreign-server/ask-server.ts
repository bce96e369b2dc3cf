import { z } from 'zod';

/** A server that answers no longer than this hangs. */
const ANSWER_MS_MAX = 3000;
/** What a server says of itself is short; a list of some thousand models has 1 MB. */
const ANSWER_BYTES_MAX = 4_194_304;

/** What a server says of itself; null where it does not. */
export interface ForeignFacts {
  readonly models: readonly string[] | null;
  readonly contextTokens: number | null;
  readonly parallelCount: number | null;
}

const countSchema = z.int().min(1).max(10_000_000).nullish().catch(null);
/** `max_model_len` is vLLM's. */
const modelsSchema = z.object({
  data: z.array(z.object({ id: z.string().max(1000), max_model_len: countSchema })).max(10_000),
});
/** llama-server's /props. */
const propsSchema = z.object({
  default_generation_settings: z.object({ n_ctx: countSchema }).nullish().catch(null),
  total_slots: countSchema,
});
/** TGI's /info. */
const infoSchema = z.object({ max_total_tokens: countSchema, max_concurrent_requests: countSchema });

/** Null for a server that answers; otherwise why it does not. Asked at /health, or at /v1/models where there is none. */
export async function askHealth(address: string): Promise<string | null> {
  const health = await ask(`${address}/health`);
  if ('problem' in health) return health.problem;
  if (health.status < 300) return null;
  if (![400, 401, 403, 404, 405, 501].includes(health.status)) return `GET /health answers ${health.status}`;
  const models = await ask(`${address}/v1/models`);
  if ('problem' in models) return models.problem;
  return models.status < 300 ? null : `GET /v1/models answers ${models.status}`;
}

/** What a server that answers says of itself. */
export async function askFacts(address: string): Promise<ForeignFacts> {
  const [models, props, info] = await Promise.all([
    askAs(`${address}/v1/models`, modelsSchema),
    askAs(`${address}/props`, propsSchema),
    askAs(`${address}/info`, infoSchema),
  ]);
  const [only, ...others] = models?.data ?? [];
  const said = others.length === 0 ? only?.max_model_len : null;
  return {
    models: models?.data.map(({ id }) => id) ?? null,
    contextTokens: props?.default_generation_settings?.n_ctx ?? said ?? info?.max_total_tokens ?? null,
    parallelCount: props?.total_slots ?? info?.max_concurrent_requests ?? null,
  };
}

async function askAs<T>(url: string, schema: z.ZodType<T>): Promise<T | null> {
  const answer = await ask(url);
  if ('problem' in answer || answer.status >= 300) return null;
  try {
    return schema.safeParse(JSON.parse(answer.text)).data ?? null;
  } catch {
    // Not JSON: this server does not say it here.
    return null;
  }
}

type Answer = { readonly status: number; readonly text: string } | { readonly problem: string };

async function ask(url: string): Promise<Answer> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return { status: response.status, text: await boundedText(response) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

async function boundedText({ body }: Response): Promise<string> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let byteCount = 0;
  for await (const part of body) {
    byteCount += part.byteLength;
    // What is longer is no answer that we know: the rest is not read.
    if (byteCount > ANSWER_BYTES_MAX) return '';
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** `fetch` says "fetch failed", and its cause says why. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `it does not answer within ${ANSWER_MS_MAX / 1000} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
