/** What the command line asks for. */
export interface AddOptions {
  readonly data: string;
  readonly name?: string;
  readonly revision?: string;
  readonly sha256?: string;
  readonly token?: string;
  readonly copy?: boolean;
  readonly anyway?: boolean;
  readonly inventory?: readonly string[];
  readonly json?: boolean;
}
