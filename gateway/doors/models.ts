import { isFault } from '@rerig/domain/fault';
import type { FastifyInstance } from 'fastify';
import { type GatewayFaultCode, gatewayFault } from '../faults.ts';
import type { Caller, GatewayPorts, ServedModel } from '../ports.ts';
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

/** The refusal for a model that the caller has no lease for; it names those that it has. */
export async function modelNotFound(caller: Caller, model: string, ports: GatewayPorts) {
  const names = (await ports.models(caller)).map((served) => served.model);
  return gatewayFault('model_not_found' satisfies GatewayFaultCode, {
    what: `There is no model "${model}" for this key.`,
    why: 'Its organisation has no open lease for a model of that name.',
    mend: names.length === 0 ? 'Take a lease for it first.' : `Ask for one of: ${names.join(', ')}.`,
  });
}

function toWireModel({ model, ownedBy, createdAtUnixSeconds }: ServedModel) {
  return { id: model, object: 'model', created: createdAtUnixSeconds, owned_by: ownedBy };
}
