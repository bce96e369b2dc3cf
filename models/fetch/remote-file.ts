/** One file at its source, ready to be fetched. */
export interface RemoteFile {
  /** What it is called in words: the source as given, and of a split model its part. */
  readonly label: string;
  readonly fileName: string;
  readonly url: string;
  readonly token: string | null;
  /** What its source, or its user, says of it; null where nobody does. */
  readonly sha256: string | null;
  readonly bytes: number | null;
}

/** A model at its source: its files in order. */
export interface RemoteModel {
  readonly files: readonly RemoteFile[];
  /** The name that it gets where none is asked for. */
  readonly defaultName: string;
  readonly revision: string | null;
}
