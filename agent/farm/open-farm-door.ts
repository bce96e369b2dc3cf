import { joinRequestSchema, leaveRequestSchema, standingRequestSchema } from '@rerig/api/farm-door';
import { type Fault, isFault } from '@rerig/domain/fault';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { admitRig } from './admit-rig.ts';
import { openDoorCertificate } from './door-certificate.ts';
import { mayAsk, noteRefusal, REFUSALS_MAX, type RefusalBook } from './door-limits.ts';
import { farmFolderOf, loadMadeFarm } from './farm-folder.ts';
import { type FarmFault, farmFault } from './faults.ts';
import { releaseRig, rigStanding } from './release-rig.ts';

/** A rig with 64 cards is far below it. */
const BODY_BYTES_MAX = 256 * 1024;
const REQUEST_WITHIN_MS = 60_000;
const CONNECTIONS_MAX = 200;

/** Where a farm's door listens, and who is told what was asked. */
export interface FarmDoorOptions {
  readonly dataFolder: string;
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  /** One line for each answer: who asked for what, and what became of it. Never a secret. */
  readonly onAnswer?: (line: string) => void;
  readonly now?: () => number;
}

/** A farm's door while it is open. */
export interface FarmDoor {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Opens the door at which rigs join and leave: HTTPS with the farm's own certificate. An address that was refused ten times
 * within a minute waits.
 */
export async function openFarmDoor(options: FarmDoorOptions): Promise<FarmDoor | FarmFault> {
  const { dataFolder, address, port, now = Date.now } = options;
  const record = await loadMadeFarm(dataFolder);
  if (isFault(record)) return record;
  const { keyPem, certificatePem } = await openDoorCertificate(farmFolderOf(dataFolder), now());
  const app = fastify({
    https: { key: keyPem, cert: certificatePem, minVersion: 'TLSv1.3' },
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_WITHIN_MS,
    // A door that closes waits for no idle connection.
    forceCloseConnections: true,
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  let refusals: RefusalBook = { refusedAtMsByAddress: new Map() };
  const route = <Asked>(path: string, schema: z.ZodType<Asked>, act: (asked: Asked) => Promise<object>) => {
    app.post(path, async (request: FastifyRequest, reply: FastifyReply) => {
      const from = request.ip;
      const asked = mayAsk(refusals, from, now()) ? schema.safeParse(request.body) : undefined;
      const answer =
        asked === undefined ? tooManyTries() : asked.success ? await act(asked.data) : invalidRequest(asked.error);
      if (isFault(answer) && asked !== undefined) refusals = noteRefusal(refusals, from, now());
      options.onAnswer?.(`${from} ${path} ${isFault(answer) ? answer.code : 'done'}`);
      return reply.code(isFault(answer) ? statusOf(answer) : 200).send(answer);
    });
  };
  route('/v1/rigs/join', joinRequestSchema, (asked) => admitRig(dataFolder, asked, now()));
  route('/v1/rigs/standing', standingRequestSchema, (asked) => rigStanding(dataFolder, asked));
  route('/v1/rigs/leave', leaveRequestSchema, (asked) => releaseRig(dataFolder, asked));
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    return doorTaken(address, port, error);
  }
  const bound = app.server.address();
  return { port: typeof bound === 'object' && bound !== null ? bound.port : port, close: () => app.close() };
}

function statusOf({ code }: Fault): number {
  if (code === 'too-many-tries') return 429;
  if (code.startsWith('token-')) return 403;
  if (code === 'farm-request-invalid') return 400;
  return code === 'rig-unknown' ? 404 : 409;
}

function tooManyTries(): FarmFault {
  return farmFault('too-many-tries', {
    what: 'The head does not answer this address for a minute.',
    why: `It was refused ${REFUSALS_MAX} times within a minute, as whoever tries tokens would be.`,
    mend: 'Wait a minute, and make a fresh token on the head: rerig farm token',
  });
}

function invalidRequest({ issues }: z.ZodError): FarmFault {
  const [issue] = issues;
  return farmFault('farm-request-invalid', {
    what: 'The head does not understand what this rig asks.',
    why: `${issue?.path.join('.') ?? 'The request'}: ${issue?.message ?? 'it is not as expected'}.`,
    mend: 'Use the same version of Rerig on the rig and on the head.',
  });
}

function doorTaken(address: string, port: number, error: unknown): FarmFault {
  return farmFault('farm-part-failed', {
    what: `The farm’s door can’t be opened at ${address}:${port}.`,
    why: `The system says: ${error instanceof Error ? error.message : String(error)}.`,
    mend: 'End what listens there, or give another address or port with --listen.',
  });
}
