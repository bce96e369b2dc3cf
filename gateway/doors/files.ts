import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import multipart, { type Multipart } from '@fastify/multipart';
import { FILE_BYTES_MAX, fileListQuerySchema, type OpenAiFile } from '@rerig/api/openai';
import { type Fault, isFault } from '@rerig/domain/fault';
import type { FastifyInstance } from 'fastify';
import type { FileStore, StoredFile } from '../batches/file-store.ts';
import { readUploadFields } from '../batches/upload-fields.ts';
import { readUploadHash, uploadHash, uploadName } from '../batches/upload-hash.ts';
import { gatewayFault } from '../faults.ts';
import { answerOnce, sendKept } from '../idempotency/answer-once.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import type { GatewayPorts } from '../ports.ts';
import { authenticated, refuse } from '../rim.ts';
import { shapeFault } from '../shape-fault.ts';
import { isStoredId, notFound } from '../stored-id.ts';

/** Files of one page where none is asked for: all that an organisation keeps. */
const PAGE_DEFAULT = 10_000;
/** Fields of a form, and bytes of each: the vendor's has four, all short. */
const FIELDS_MAX = 16;
const FIELD_BYTES_MAX = 1_024;

interface Params {
  readonly Params: { readonly fileId: string };
}

/** What the door of files stands on. */
export interface FilesDoorParts {
  readonly ports: GatewayPorts;
  readonly idempotency: Idempotency;
  readonly files: FileStore;
}

/** `/v1/files`: what batches are made from, and what comes of them. */
export async function openFilesDoor(app: FastifyInstance, parts: FilesDoorParts): Promise<void> {
  const { ports, files } = parts;
  await app.register(async (scope) => {
    await scope.register(multipart, {
      // One byte more than may be, so that the store sees that it is too much.
      limits: { fileSize: FILE_BYTES_MAX + 1, files: 1, fields: FIELDS_MAX, fieldSize: FIELD_BYTES_MAX },
      throwFileSizeLimit: false,
    });
    openUpload(scope, parts);
  });
  app.get('/v1/files', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const query = fileListQuerySchema.safeParse(request.query);
    if (!query.success) {
      const { fault, param } = shapeFault(query.error, 'GET /v1/files');
      return refuse(reply, fault, param);
    }
    const { after, limit, order, purpose } = query.data;
    const page = {
      afterFileId: after !== undefined && isStoredId(after) ? after : null,
      limitCount: limit ?? PAGE_DEFAULT,
      order: order ?? 'desc',
      purpose: purpose !== undefined && isStoredId(purpose) ? purpose : null,
    };
    const listed = await files.list(caller.organisationId, page);
    if (isFault(listed)) return refuse(reply, listed);
    const data = listed.files.map(toWireFile);
    return {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: listed.hasMore,
    };
  });
  openOneFile(app, ports, files);
}

function openOneFile(app: FastifyInstance, ports: GatewayPorts, files: FileStore): void {
  app.get<Params>('/v1/files/:fileId', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const file = await found(files, caller.organisationId, request.params.fileId);
    return isFault(file) ? refuse(reply, file) : toWireFile(file);
  });
  app.get<Params>('/v1/files/:fileId/content', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const file = await found(files, caller.organisationId, request.params.fileId);
    if (isFault(file)) return refuse(reply, file);
    return reply
      .type('application/octet-stream')
      .header('content-length', file.byteCount)
      .header('content-disposition', `attachment; filename="${asciiOf(file.filename)}"`)
      .send(Readable.from(files.read(file), { objectMode: false }));
  });
  app.delete<Params>('/v1/files/:fileId', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    const { fileId } = request.params;
    const isRemoved = isStoredId(fileId) && (await files.remove(caller.organisationId, fileId));
    if (isFault(isRemoved)) return refuse(reply, isRemoved);
    return isRemoved ? { id: fileId, object: 'file', deleted: true } : refuse(reply, notFound('file', fileId));
  });
}

function openUpload(app: FastifyInstance, { ports, idempotency, files }: FilesDoorParts): void {
  app.post('/v1/files', async (request, reply) => {
    const caller = await authenticated(request, ports);
    if (isFault(caller)) return refuse(reply, caller);
    if (!request.isMultipart()) return refuse(reply, noForm());
    // The bytes of a form have a boundary that differs each time: what it says is compared.
    const once = { idempotency, caller, hashOf: () => readUploadHash(request.parts()) };
    return answerOnce(request, reply, once, async (keep) => {
      const fields = new Map<string, unknown>();
      const kept = await receive(caller.organisationId, request.parts(), files, fields);
      if (isFault(kept)) return refuse(reply, kept);
      return sendKept(reply, keep, kept.fileId, toWireFile(kept), uploadHash(fields, kept));
    });
  });
}

/** Reads a form to its end, and its fields into `fields`. The file is stored as it comes, and is seen once the fields, wherever they are, were read. */
async function receive(
  organisationId: string,
  parts: AsyncIterableIterator<Multipart>,
  files: FileStore,
  fields: Map<string, unknown>,
): Promise<StoredFile | Fault> {
  for (;;) {
    const { value: part, done } = await parts.next();
    if (done === true) return noFile();
    if (part.type === 'field') fields.set(part.fieldname, part.value);
    else if (part.fieldname !== 'file') part.file.resume();
    else {
      const filename = uploadName(part.filename);
      const file = { fileId: `file-${randomUUID().replaceAll('-', '')}`, purpose: 'batch', filename } as const;
      const kept = await files.keep(organisationId, file, part.file, async () => {
        await readFields(parts, fields);
        return readUploadFields(fields, Date.now());
      });
      // Read to its end, so that the client hears why before its connection is closed.
      part.file.resume();
      if (isFault(kept)) await readFields(parts, fields);
      return kept;
    }
  }
}

async function readFields(parts: AsyncIterableIterator<Multipart>, fields: Map<string, unknown>): Promise<void> {
  for await (const part of parts) {
    if (part.type === 'field') fields.set(part.fieldname, part.value);
    else part.file.resume();
  }
}

async function found(files: FileStore, organisationId: string, fileId: string): Promise<StoredFile | Fault> {
  const file = isStoredId(fileId) ? await files.find(organisationId, fileId) : null;
  return file ?? notFound('file', fileId);
}

/** A file as the vendor's API shows it. */
export function toWireFile(file: StoredFile): OpenAiFile {
  return {
    id: file.fileId,
    object: 'file',
    bytes: file.byteCount,
    created_at: Math.floor(file.createdAtMs / 1000),
    expires_at: Math.floor(file.expiresAtMs / 1000),
    filename: file.filename,
    purpose: file.purpose,
    status: 'processed',
  };
}

/** A header holds only this of a name. */
function asciiOf(filename: string): string {
  return filename.replaceAll(/[^\x20-\x7e]|["\\]/g, '_');
}

function noForm(): Fault {
  return gatewayFault('unsupported_media_type', {
    what: 'The file was refused.',
    why: 'The request is no form.',
    mend: 'Send "multipart/form-data" with the fields "purpose" and "file", as OpenAI\'s clients do.',
  });
}

function noFile(): Fault {
  return gatewayFault('invalid_request', {
    what: 'The file was refused.',
    why: 'The form has no field "file" with a file.',
    mend: 'Send the file in the field "file", and "batch" in the field "purpose".',
  });
}
