import type { Fault } from '@rerig/domain/fault';
import { gatewayFault } from './faults.ts';
import type { Caller, GatewayPorts } from './ports.ts';

/** The refusal for a model that the caller has no lease for; it names those that it has. */
export async function modelNotFound(caller: Caller, model: string, ports: GatewayPorts): Promise<Fault> {
  const names = (await ports.models(caller)).map((served) => served.model);
  return gatewayFault('model_not_found', {
    what: `There is no model "${model}" for this key.`,
    why: 'Its organisation has no open lease for a model of that name.',
    mend: names.length === 0 ? 'Take a lease for it first.' : `Ask for one of: ${names.join(', ')}.`,
  });
}
