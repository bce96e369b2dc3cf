import { type SourceFault, sourceFault } from './faults.ts';

/** How a rig is reached over SSH. */
export interface RigAddress {
  /** For people, and the rig's name in the farm: what the list says, else the host. */
  readonly name: string;
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/** More rigs than one list may have are no list. */
const MOST_RIGS = 20_000;
/** So many wrong lines of a list are told. */
const TOLD_FAULTS = 20;

/** `[user@]host[:port] [name]`; an IPv6 address stands in brackets. Nothing of it may be taken for an option. */
const LINE =
  /^(?:([A-Za-z0-9_][\w.-]{0,63})@)?(\[[0-9A-Fa-f:.%\w]{2,80}\]|[A-Za-z0-9][\w.-]{0,253})(?::(\d{1,5}))?(?:\s+(\S.*))?$/;

/** Reads a list of rigs, one a line, `#` for comments; a line that is wrong or there twice costs itself alone. */
export function parseRigList(
  text: string,
  fileName: string,
): { readonly rigs: readonly RigAddress[]; readonly faults: readonly SourceFault[] } {
  const rigs = new Map<string, RigAddress>();
  const faults: SourceFault[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim();
    if (line === '') continue;
    const rig = addressOf(line);
    const key = rig === undefined ? '' : `${rig.host.toLowerCase()}:${rig.port ?? 22}`;
    if (rig === undefined) faults.push(wrongLine(fileName, index + 1, `"${line.slice(0, 60)}" is no address.`));
    else if (rigs.has(key)) faults.push(wrongLine(fileName, index + 1, `${rig.host} is in the list already.`));
    else if (rigs.size < MOST_RIGS) rigs.set(key, rig);
  }
  if (rigs.size === 0 && faults.length === 0) faults.push(emptyList(fileName));
  return { rigs: [...rigs.values()], faults: faults.slice(0, TOLD_FAULTS) };
}

function addressOf(line: string): RigAddress | undefined {
  if (line.length > 400) return undefined;
  const [, user, written, digits, name] = LINE.exec(line) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (written === undefined || (port !== undefined && (port < 1 || port > 65_535))) return undefined;
  const host = written.replace(/^\[|\]$/g, '');
  return {
    name: (name ?? host).trim().slice(0, 60),
    host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
  };
}

function wrongLine(fileName: string, lineNumber: number, why: string): SourceFault {
  return sourceFault('rig-list-wrong-line', {
    what: `Line ${lineNumber} of ${fileName} was left out.`,
    why,
    mend: 'Write one rig a line, as in "root@192.168.1.17:22 rig07"; the others were asked.',
  });
}

function emptyList(fileName: string): SourceFault {
  return sourceFault('rig-list-empty', {
    what: `${fileName} lists no rig.`,
    why: 'It has no line besides empty ones and comments.',
    mend: 'Write one rig a line, as in "root@192.168.1.17 rig07".',
  });
}
