import type { FastifyInstance } from 'fastify';
import { openChatDoor } from './doors/chat.ts';
import { openModelsDoor } from './doors/models.ts';
import { gatewayFault } from './faults.ts';
import type { GatewayPorts } from './ports.ts';
import { refuse, toRimFault } from './rim.ts';

/** Opens every door under `/v1` in a scope of its own, where every refusal has OpenAI's shape. */
export async function openGateway(app: FastifyInstance, ports: GatewayPorts): Promise<void> {
  await app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const fault = toRimFault(error);
      if (fault.code === 'internal_error') request.log.error({ err: error }, 'a gateway request broke');
      return refuse(reply, fault);
    });
    openModelsDoor(scope, ports);
    openChatDoor(scope, ports);
    scope.all('/v1/*', async (request, reply) =>
      refuse(
        reply,
        gatewayFault('unknown_path', {
          what: `There is no ${request.method} ${request.url.split('?')[0]}.`,
          why: 'This gateway serves /v1/models and /v1/chat/completions.',
          mend: 'Set the base URL to end in /v1, and use one of these.',
        }),
      ),
    );
  });
}
