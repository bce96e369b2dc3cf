import { Agent, type IncomingMessage, request } from 'node:http';
import { isFault } from '@rerig/domain/fault';
import type { z } from 'zod';
import { type ExecutorFault, executorFault } from '../../faults.ts';
import type { RestAddress } from '../options.ts';
import type { components, paths } from './slurmrestd.ts';
import { TokenMint } from './token.ts';
import { errorsWire, jobsWire, pingWire, submittedWire, type WireErrors, type WireJob } from './wire.ts';

const ANSWER_WITHIN_MS = 15_000;
const CONNECTIONS_MAX = 8;
const ANSWER_BYTES_MAX = 32 * 1024 ** 2;
/** Slurm's number for a job that it does not know (slurm/slurm_errno.h, ESLURM_INVALID_JOB_ID). */
const INVALID_JOB_ID = 2017;
/** And for one that has ended already (ESLURM_ALREADY_DONE). */
const ALREADY_DONE = 2021;

type Schemas = components['schemas'];

/**
 * A job to submit. `dependency`, `exclude_nodes`, `no_requeue` and `nodelist` are taken by 22.05's slurmrestd, and missing in
 * its document; `requeue: false` is passed over.
 */
export type JobSubmission = Partial<Omit<Schemas['v0.0.38_job_properties'], 'environment'>> & {
  readonly environment: Readonly<Record<string, string>>;
  readonly dependency?: string;
  readonly no_requeue?: true;
  readonly exclude_nodes?: string;
  readonly nodelist?: string;
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

type Path = keyof paths;

/** The client of slurmrestd's API v0.0.38. Nothing throws: what can't be reached, and what is refused, is a Fault. */
export class SlurmRest {
  readonly #address: RestAddress;
  readonly #mint: TokenMint;
  readonly #userName: string;
  readonly #connections = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });

  readonly #nowMs: () => number;

  constructor(address: RestAddress, jwtKeyPath: string, userName: string, nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
    this.#address = address;
    this.#mint = new TokenMint(jwtKeyPath, userName);
    this.#userName = userName;
  }

  /** Submits a job and gives its id. `unsure`: no answer came, and it may have been taken all the same. */
  async submit(job: JobSubmission, script: string): Promise<number | 'unsure' | ExecutorFault> {
    const body = JSON.stringify({ job, script });
    const answer = await this.#ask('POST', '/slurm/v0.0.38/job/submit', '', body);
    if (answer === 'cut-off') return 'unsure';
    if (isFault(answer)) return answer;
    const read = this.#read(submittedWire, answer);
    if (isFault(read)) return read;
    // Beside an id, an error is a remark: that all rigs that would do are drained, so that the job waits.
    if (read.job_id !== undefined && read.job_id > 0) return read.job_id;
    return isControllerGone(read.errors) ? 'unsure' : refused(read.errors);
  }

  /** A job as it stands; null for one that Slurm does not know (any more). */
  async job(jobId: number): Promise<WireJob | null | ExecutorFault> {
    const answer = await this.#ask('GET', '/slurm/v0.0.38/job/{job_id}', String(jobId));
    if (answer === 'cut-off') return this.#cutOff();
    if (isFault(answer)) return answer;
    const read = this.#read(jobsWire, answer);
    if (isFault(read)) return read;
    const job = read.jobs.find(({ job_id }) => job_id === jobId);
    if (job !== undefined) return job;
    return read.errors.length === 0 || hasNumber(read.errors, INVALID_JOB_ID) ? null : refused(read.errors);
  }

  /** Cancels a job; one that has ended, or that nobody knows, is cancelled already. */
  async cancel(jobId: number): Promise<null | ExecutorFault> {
    const answer = await this.#ask('DELETE', '/slurm/v0.0.38/job/{job_id}', String(jobId));
    if (answer === 'cut-off') return this.#cutOff();
    if (isFault(answer)) return answer;
    if (answer.status === 200 && answer.text.trim() === '') return null;
    const read = this.#read(errorsWire, answer);
    if (isFault(read)) return read;
    const isDone = hasNumber(read.errors, INVALID_JOB_ID) || hasNumber(read.errors, ALREADY_DONE);
    return read.errors.length === 0 || isDone ? null : refused(read.errors);
  }

  /** Whether slurmctld answers; the Fault says what does not. */
  async ping(): Promise<null | ExecutorFault> {
    const answer = await this.#ask('GET', '/slurm/v0.0.38/ping', '');
    if (answer === 'cut-off') return this.#cutOff();
    if (isFault(answer)) return answer;
    const read = this.#read(pingWire, answer);
    if (isFault(read)) return read;
    return read.pings.some(({ ping }) => ping === 'UP') ? null : controllerDown('none of them answered a ping');
  }

  close(): void {
    this.#connections.destroy();
  }

  /** One request; a token that is refused is made anew once, for the key may have been changed. */
  async #ask(method: string, path: Path, id: string, body?: string): Promise<Answer | 'cut-off' | ExecutorFault> {
    const answer = await this.#send(method, path.replace('{job_id}', id), body);
    if (typeof answer === 'string' || isFault(answer) || !isUnauthorized(answer)) return answer;
    this.#mint.forget();
    const again = await this.#send(method, path.replace('{job_id}', id), body);
    return typeof again !== 'string' && !isFault(again) && isUnauthorized(again) ? this.tokenRefused() : again;
  }

  async #send(method: string, path: string, body?: string): Promise<Answer | 'cut-off' | ExecutorFault> {
    const token = this.#token();
    if (isFault(token)) return token;
    const { promise, resolve } = Promise.withResolvers<Answer | 'cut-off' | ExecutorFault>();
    const target =
      this.#address.kind === 'unix'
        ? { socketPath: this.#address.socketPath }
        : { host: this.#address.host, port: this.#address.port };
    const headers = {
      ...{ 'X-SLURM-USER-NAME': this.#userName, 'X-SLURM-USER-TOKEN': token },
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
    };
    const asked = request({ ...target, agent: this.#connections, method, path, headers, timeout: ANSWER_WITHIN_MS });
    asked.on('response', (response) => void readAnswer(response).then(resolve, () => resolve('cut-off')));
    asked.on('timeout', () => asked.destroy());
    asked.on('error', (error) => resolve(isRefusedConnection(error) ? this.#cutOff(error.message) : 'cut-off'));
    asked.end(body);
    return promise;
  }

  #token(): string | ExecutorFault {
    try {
      return this.#mint.token(this.#nowMs());
    } catch (error) {
      return unreachable(
        `The key for its tokens can't be read: ${error instanceof Error ? error.message : String(error)}.`,
        'Let the agent run as a user who can read that file.',
      );
    }
  }

  #read<Schema extends z.ZodType>(schema: Schema, { status, text }: Answer): z.infer<Schema> | ExecutorFault {
    const parsed = schema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    return unreachable(
      `slurmrestd answered ${status} with what is no answer of its API v0.0.38: ${JSON.stringify(text.slice(0, 200))}.`,
      'Look whether this address is slurmrestd’s, and whether it was started with "-s openapi/v0.0.38".',
    );
  }

  #cutOff(why = 'no answer came in time'): ExecutorFault {
    const where =
      this.#address.kind === 'unix' ? this.#address.socketPath : `${this.#address.host}:${this.#address.port}`;
    return unreachable(
      `slurmrestd at ${where} does not answer: ${why}.`,
      'Start slurmrestd; "rerig farm status" shows what runs.',
    );
  }

  /** Slurm runs, and does not take our token: 22.05 says no more than that it gave no answer. */
  tokenRefused(): ExecutorFault {
    return unreachable(
      `Slurm refused the token of the user ${this.#userName}: it was signed by another key, has expired by the head’s clock, or is of nobody it knows.`,
      'Let both use the key that slurm.conf names in AuthAltParameters, set the clock of this machine, and start slurmrestd with SLURM_JWT=daemon.',
    );
  }
}

function isUnauthorized({ status, text }: Answer): boolean {
  return status === 401 || (status !== 200 && /authentication (failure|error)|Protocol authentication/i.test(text));
}

/** Nothing listens: the request was not taken. */
function isRefusedConnection(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || error.code === 'EACCES');
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    byteCount += bytes.length;
    if (byteCount > ANSWER_BYTES_MAX) response.destroy();
    else chunks.push(bytes);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON: the schema refuses it with the text.
    return undefined;
  }
}

function hasNumber(errors: WireErrors, wanted: number): boolean {
  return errors.some(({ error_code, error_number }) => error_code === wanted || error_number === wanted);
}

/** Slurm's words for a slurmctld that does not answer slurmrestd. */
function isControllerGone(errors: WireErrors): boolean {
  return errors.some(({ error = '', description = '' }) =>
    /unable to contact slurm controller|socket timed out|connection refused|slow network|zero bytes were transmitted/i.test(
      `${error} ${description}`,
    ),
  );
}

function refused(errors: WireErrors): ExecutorFault {
  if (isControllerGone(errors)) return controllerDown(wordsOf(errors));
  if (/authentication|protocol auth|invalid authentication credential/i.test(wordsOf(errors))) {
    return unreachable(
      `Slurm does not trust us: ${wordsOf(errors)}.`,
      'Look at the munge keys and the clocks of this machine and the head: they must be the same.',
    );
  }
  return executorFault('start-failed', {
    what: 'Slurm refused what it was asked.',
    why: `It said: ${wordsOf(errors)}.`,
    mend: 'Look into slurmctld’s log for more.',
  });
}

function wordsOf(errors: WireErrors): string {
  return errors.map(({ error = '', description = '' }) => [error, description].filter(Boolean).join(': ')).join('; ');
}

function controllerDown(why: string): ExecutorFault {
  return unreachable(
    `slurmctld does not answer slurmrestd: ${why}.`,
    'Start slurmctld; "rerig farm status" shows what runs.',
  );
}

function unreachable(why: string, mend: string): ExecutorFault {
  return executorFault('executor-unreachable', { what: 'The farm’s Slurm can’t be asked.', why, mend });
}
