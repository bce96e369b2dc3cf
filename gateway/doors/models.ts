import { isFault } from '@rerig/domain/fault';
import type { FastifyInstance } from 'fastify';
import { modelNotFound } from '../model-not-found.ts';
import type { GatewayPorts, ServedModel } from '../ports.ts';
import { authenticated, refuse } from '../rim.ts';

/** `GET /v1/models` and `/v1/models/{model}`: what the key's organisation has a lease for. */
export function openModelsDoor(app: FastifyInstance, ports: GatewayPorts): void {
  app.get('/v1/models', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    return { object: 'list', data: (await ports.models(caller)).map(toWireModel) };
  });
  app.get<{ Params: { readonly model: string } }>('/v1/models/:model', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const found = (await ports.models(caller)).find(({ model }) => model === request.params.model);
    if (found === undefined) return refuse(reply, await modelNotFound(caller, request.params.model, ports));
    return toWireModel(found);
  });
}

/** A model as the vendor's API shows it, with our own facts beside: whether it answers at once, and its prices. */
function toWireModel(served: ServedModel) {
  return {
    id: served.model,
    object: 'model',
    created: served.createdAtUnixSeconds,
    owned_by: served.ownedBy,
    status: served.status,
    cold_start_ms: served.coldStartMs,
    context_length: served.contextTokens,
    price_micro_usd_per_million_prompt_tokens: served.priceMicroUsdPerMillionPromptTokens.toString(),
    price_micro_usd_per_million_completion_tokens: served.priceMicroUsdPerMillionCompletionTokens.toString(),
  };
}
