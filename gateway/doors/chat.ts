import { type ChatRequest, chatRequestSchema, messageText } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import { promptTokensMax } from '@rerig/domain/metering';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { gatewayFault } from '../faults.ts';
import type { Caller, GatewayPorts, Replica, RequestBounds } from '../ports.ts';
import { type Run, settleDurably } from '../relay/run.ts';
import { sendStreamed, sendWhole } from '../relay/send.ts';
import { type Answer, ask } from '../relay/upstream.ts';
import { authenticated, refuse } from '../rim.ts';
import { chooseReplica } from '../routing/choose-replica.ts';
import { modelNotFound } from './models.ts';

/** `POST /v1/chat/completions`: checks the key and the request, holds the money, relays, meters, settles. */
export function openChatDoor(app: FastifyInstance, ports: GatewayPorts): void {
  app.post('/v1/chat/completions', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const chat = chatRequestSchema.safeParse(request.body);
    if (!chat.success) return refuseShape(reply, chat.error.issues[0]);
    const replicas = await ports.replicas(caller, chat.data.model);
    if (isFault(replicas)) {
      return refuse(
        reply,
        replicas.code === 'model_not_found' ? await modelNotFound(caller, chat.data.model, ports) : replicas,
      );
    }
    return answerChat({ caller, chat: chat.data, replicas, request, reply, ports });
  });
}

interface Asked {
  readonly caller: Caller;
  readonly chat: ChatRequest;
  readonly replicas: readonly Replica[];
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly ports: GatewayPorts;
}

async function answerChat({ caller, chat, replicas, reply, ports }: Asked): Promise<FastifyReply> {
  const first = chooseReplica(replicas);
  if (first === null) return refuse(reply, noReplica(chat.model));
  const requestId = ports.makeRequestId();
  reply.header('x-request-id', requestId);
  const admittedAtMs = ports.now();
  const refused = await ports.admit(caller, {
    requestId,
    model: chat.model,
    bounds: boundsOf(chat, first.contextTokens),
    priority: 'live',
  });
  if (refused !== null) return refuse(reply, refused);
  const run: Run = { requestId, chat, ports, admittedAtMs, clientGone: clientGoneSignal(reply) };
  const answer = await askUntilAnswered(run, replicas);
  if (isFault(answer)) {
    await settleDurably(run, run.clientGone.aborted ? 'client-gone' : 'refused', null);
    return refuse(reply, answer);
  }
  return chat.stream === true ? sendStreamed(run, answer, reply) : sendWhole(run, answer, reply);
}

/** Asks the least loaded replica; one that fails before its first token is passed over for the next. */
async function askUntilAnswered(run: Run, replicas: readonly Replica[]): Promise<Answer | Fault> {
  let left = replicas;
  let last: Fault = noReplica(run.chat.model);
  for (let replica = chooseReplica(left); replica !== null; replica = chooseReplica(left)) {
    const asked = replica;
    const answer = await ask(asked, run.chat, run.clientGone).catch((): Fault => clientLeft());
    if (!isFault(answer) || (answer.code !== 'replica_failed' && answer.code !== 'replica_busy')) return answer;
    last = answer;
    left = left.filter(({ replicaId }) => replicaId !== asked.replicaId);
  }
  return last;
}

/** The most that a request can use: a prompt bound made without a tokenizer, and the tokens that it asks for. */
export function boundsOf(chat: ChatRequest, contextTokens: number): RequestBounds {
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? contextTokens;
  return {
    promptTokens: promptTokensMax(chat.messages.map(messageText), contextTokens),
    completionTokens: Math.min(asked, contextTokens),
  };
}

function clientGoneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

function refuseShape(
  reply: FastifyReply,
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): FastifyReply {
  const param = issue === undefined || issue.path.length === 0 ? null : issue.path.map(String).join('.');
  const fault = gatewayFault('invalid_request', {
    what: 'The request was refused.',
    why: `${param === null ? 'Its body' : `Its field "${param}"`} is not as it must be: ${issue?.message ?? 'unreadable'}.`,
    mend: "Correct it; the shape is that of OpenAI's POST /v1/chat/completions.",
  });
  return refuse(reply, fault, param);
}

function noReplica(model: string): Fault {
  return gatewayFault('no_replica', {
    what: `"${model}" can't answer now.`,
    why: 'No replica of it is ready: it is starting, or it failed.',
    mend: 'Send the request again in some seconds. Nothing was charged.',
  });
}

function clientLeft(): Fault {
  return gatewayFault('internal_error', {
    what: 'The request was given up.',
    why: 'The client closed the connection.',
    mend: 'Keep the connection open until the answer ends.',
  });
}
