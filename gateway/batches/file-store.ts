import type { Fault } from '@rerig/domain/fault';

/** What a file is for: a batch's requests, or what came of them. */
export type FilePurpose = 'batch' | 'batch_output';

/** A file that is whole. Times are ms since the epoch. */
export interface StoredFile {
  readonly fileId: string;
  readonly purpose: FilePurpose;
  readonly filename: string;
  readonly byteCount: number;
  readonly sha256: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** A file to be kept. */
export interface FileToKeep {
  readonly fileId: string;
  readonly purpose: FilePurpose;
  readonly filename: string;
}

/** What is said of a file once its bytes have come: until when it is kept, or why it is not. */
export type Seal = () => Promise<{ readonly expiresAtMs: number } | Fault>;

/** Which files of a list: those after one, so many, newest or oldest first. */
export interface FilePage {
  readonly afterFileId: string | null;
  readonly limitCount: number;
  readonly order: 'asc' | 'desc';
  readonly purpose: string | null;
}

/**
 * Where files are kept for their organisation. A file is there once it is whole, and never before; what belongs to
 * another organisation is not there. A Fault where the store does not answer now.
 */
export interface FileStore {
  /** Keeps what comes, a piece at a time. A Fault where there is too much of it; what came is dropped then. */
  keep(
    organisationId: string,
    file: FileToKeep,
    content: AsyncIterable<Uint8Array>,
    seal: Seal,
  ): Promise<StoredFile | Fault>;
  find(organisationId: string, fileId: string): Promise<StoredFile | null | Fault>;
  list(
    organisationId: string,
    page: FilePage,
  ): Promise<{ readonly files: readonly StoredFile[]; readonly hasMore: boolean } | Fault>;
  /** Whether it was there. */
  remove(organisationId: string, fileId: string): Promise<boolean | Fault>;
  /** A file's bytes, a piece at a time. Throws a `FaultError` (`not_found`) where the file is removed meanwhile. */
  read(file: StoredFile): AsyncIterable<Uint8Array>;
}
