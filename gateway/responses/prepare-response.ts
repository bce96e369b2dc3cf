import type { ChatRequest, OpenAiResponse, ResponseItem, ResponseRequest } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { Ask } from '../relay/run.ts';
import { isStoredId, notFound } from '../stored-id.ts';
import type { ResponseParts } from './response-parts.ts';
import type { ResponseStore, StoredResponse } from './response-store.ts';
import { type ResponseIdentity, responseIdOfItem } from './response-writer.ts';
import { inputItems, toChatRequest } from './to-chat-request.ts';

/** Most responses that the items of one request refer to, each one a look into the store. */
const REFERRED_MAX = 64;

/** A request for a response, ready to be asked of a model. */
export interface PreparedResponse {
  readonly identity: ResponseIdentity;
  readonly chat: ChatRequest;
  /** Its own items, references resolved: what is kept of it. */
  readonly input: readonly ResponseItem[];
}

/** Finds what the request builds on (responses before it, items that it names) and makes the chat that answers it. */
export async function prepareResponse(
  request: ResponseRequest,
  organisationId: string,
  { gateway, responses: store }: ResponseParts,
): Promise<PreparedResponse | Fault> {
  const before = await itemsBefore(request, organisationId, store);
  if (isFault(before)) return before;
  const input = await resolved(inputItems(request), organisationId, store);
  if (isFault(input)) return input;
  const chat = toChatRequest(request, [...before, ...input]);
  if (isFault(chat)) return chat;
  const responseId = `resp_${gateway.ports.makeUniqueId().replaceAll('-', '')}`;
  return { identity: { responseId, createdAtUnixSeconds: Math.floor(Date.now() / 1000) }, chat, input };
}

/** The chat to ask for. Its record has the response's id, so that one is found by the other, unless it has one already. */
export function toAsk({ chat, identity }: PreparedResponse, ask: Omit<Ask, 'asked'>): Ask {
  const asked = { door: 'chat', request: chat } as const;
  return { requestId: identity.responseId, ...ask, asked, entrance: 'responses' };
}

/** Keeps a response where it was asked for. One that could not be kept says so: it is whole, and paid for. */
export async function keepResponse(
  request: ResponseRequest,
  organisationId: string,
  store: ResponseStore,
  stored: StoredResponse,
): Promise<OpenAiResponse> {
  if (request.store === false) return stored.response;
  const refused = await store.keep(organisationId, stored);
  return refused === null ? stored.response : { ...stored.response, store: false };
}

async function itemsBefore(
  request: ResponseRequest,
  organisationId: string,
  store: ResponseStore,
): Promise<readonly ResponseItem[] | Fault> {
  const responseId = request.previous_response_id;
  if (responseId === null || responseId === undefined) return [];
  const chain = isStoredId(responseId) ? await store.chain(organisationId, responseId) : null;
  if (isFault(chain)) return chain;
  if (chain === null) return notFound('response', responseId);
  return chain.flatMap(({ input, response }) => [...input, ...response.output]);
}

async function resolved(
  items: readonly ResponseItem[],
  organisationId: string,
  store: ResponseStore,
): Promise<readonly ResponseItem[] | Fault> {
  const found = new Map<string, StoredResponse | null>();
  const whole: ResponseItem[] = [];
  for (const item of items) {
    if (item.type !== 'item_reference') {
      whole.push(item);
      continue;
    }
    const itemId = String(item.id);
    const responseId = responseIdOfItem(itemId);
    if (responseId === null || (!found.has(responseId) && found.size >= REFERRED_MAX)) {
      return notFound('response', itemId);
    }
    const stored = found.get(responseId) ?? (await store.find(organisationId, responseId));
    if (isFault(stored)) return stored;
    found.set(responseId, stored);
    const output = stored?.response.output.find(({ id }) => id === itemId);
    if (output === undefined) return notFound('response', itemId);
    whole.push(output);
  }
  return whole;
}
