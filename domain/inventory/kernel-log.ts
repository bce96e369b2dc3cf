import { busIdOf } from './bus-id.ts';
import type { Host } from './farm.ts';
import { known, memoryBytesOf } from './fields.ts';
import type { TextFormat } from './format.ts';
import { linkOfText } from './pcie-link.ts';
import { rigOfFile, rigOfName } from './rig-key.ts';
import type { RigSighting, SightedCard } from './sighting.ts';
import { linesOf } from './text-lines.ts';
import type { Writable } from './writable.ts';

/**
 * The kernel's log (`dmesg`, `journalctl -k`, syslog): by bus, the errors of NVIDIA's driver and the VRAM that amdgpu
 * found, and the links of those cards where a slot or riser narrows them. A log without any of them lists no card.
 */
export const kernelLog: TextFormat = {
  kind: 'text',
  name: 'kernel-log',
  title: 'kernel log',
  read(text, source) {
    if (!isKernelLog(text)) return undefined;
    const logs = logsByHost(text);
    const isOfMany = [...logs.keys()].filter((hostName) => hostName !== '').length > 1;
    const sightings = [...logs].map(([hostName, log]): RigSighting => {
      const cards = [...log.cards].map(([busId, found], position) => cardOf(busId, found, position, log));
      const rig = isOfMany && hostName !== '' ? rigOfName(hostName) : rigOfFile(source);
      return { format: 'kernel-log', source, ...rig, host: log.host, cards };
    });
    return { sightings, faults: [] };
  },
};

/** `Jan 25 18:15:26 rig07 kernel: …` or `2022-01-25T18:15:26+00:00 rig07 kernel: …`, as journalctl and syslog have it. */
const OF_HOST =
  /^(?:\p{Lu}\p{Ll}{2} [ \d]\d \d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T[\d:.+Z-]{8,24}) ([\w.-]{1,60}) kernel: /mu;
/** `[    0.000000] …` of dmesg, `[Fri Aug  9 13:32:56 2024] …` of dmesg -T. */
const STAMPED = /^(?:\[ {0,6}\d{1,9}\.\d{6}\] |\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}\] )/m;

function isKernelLog(text: string): boolean {
  return text.includes('NVRM: ') || STAMPED.test(text) || OF_HOST.test(text);
}

/** The most machines of one log. */
const MOST_HOSTS = 20_000;

/** A log server's file may be of many machines; lines that name none are under an empty name. */
function logsByHost(text: string): ReadonlyMap<string, Log> {
  const logs = new Map<string, Log>();
  for (const { line } of linesOf(text)) {
    const hostName = OF_HOST.exec(line)?.[1] ?? '';
    const log = logs.get(hostName) ?? { cards: new Map(), links: new Map(), edges: new Set(), host: {} };
    if (logs.size < MOST_HOSTS || logs.has(hostName)) logs.set(hostName, log);
    readLine(line, log);
  }
  return logs;
}

interface FoundCard {
  readonly vendor: 'nvidia' | 'amd';
  readonly xids: Set<number>;
  readonly uuid?: string;
  readonly pciId?: string;
  readonly vramBytes?: number;
}

interface KernelLog {
  readonly cards: Map<string, Writable<FoundCard>>;
  /** Of all that sits on the bus, network cards too. */
  readonly links: Map<string, Pick<SightedCard, 'pcieLink' | 'pcieLinkMost'>>;
  /** Bus numbers at which the switch on an AMD card's board begins: the chip is two further on. */
  readonly edges: Set<string>;
  readonly host: Host;
  /** The card of a message that goes on in the next lines. */
  readonly lostBusId?: string;
}

type Log = Writable<KernelLog>;

/** The number with which the driver tells that a card fell off the bus; not every release prints it. */
const XID_LOST = 79;

function readLine(line: string, log: Log): void {
  if (line.includes('NVRM: ')) readNvidia(line.slice(line.indexOf('NVRM: ')), log);
  else if (line.includes('amdgpu ')) readAmd(line, log);
  else if (line.includes('available PCIe bandwidth')) readLink(line, log);
  const edge = CARD_SWITCH.exec(line)?.[1];
  if (edge !== undefined) log.edges.add(edge.toLowerCase());
  const kernel = /\bLinux version (\S{1,80}) \(/.exec(line)?.[1];
  if (kernel !== undefined) log.host = { ...log.host, kernel };
}

function readNvidia(line: string, log: Log): void {
  const [, bus, code] = /^NVRM: Xid \(PCI:([0-9a-f:]{8,14}(?:\.[0-7])?)\): (\d{1,4})\b/i.exec(line) ?? [];
  if (bus !== undefined) cardAt(bus, 'nvidia', log)?.xids.add(Number(code));
  const [, lost] = /^NVRM: (?:The NVIDIA )?GPU (?:at )?([0-9a-f:]{8,14}\.[0-7])\b/i.exec(line) ?? [];
  if (lost !== undefined) log.lostBusId = lost;
  if (/fallen off the bus and is not|GPU\b.{0,40} has fallen off the bus/.test(line) && log.lostBusId !== undefined)
    cardAt(log.lostBusId, 'nvidia', log)?.xids.add(XID_LOST);
  const [, named, uuid] = /^NVRM: GPU at PCI:([0-9a-f:]{8,14}): (GPU-[0-9a-f-]{8,40})/i.exec(line) ?? [];
  const card = named === undefined ? undefined : cardAt(named, 'nvidia', log);
  if (card !== undefined && uuid !== undefined) card.uuid = uuid;
  const driver = /^NVRM: loading NVIDIA UNIX .{0,60}Kernel Module (?:for \S{1,20})? {0,3}(\d{3}\.[\d.]{1,12})/.exec(
    line,
  )?.[1];
  if (driver !== undefined) log.host = { ...log.host, nvidiaDriverVersion: driver };
}

/** `amdgpu 0000:07:00.0: amdgpu: VRAM: 4096M 0x0000008000000000 - …`. */
function readAmd(line: string, log: Log): void {
  const [, bus, vram] = /amdgpu ([0-9a-f:]{8,14}\.[0-7]): (?:amdgpu: )?VRAM: (\d{1,7}M) /i.exec(line) ?? [];
  const vramBytes = memoryBytesOf(vram);
  const card = bus === undefined || vramBytes === undefined ? undefined : cardAt(bus, 'amd', log);
  if (card !== undefined && vramBytes !== undefined) card.vramBytes = vramBytes;
}

/** `pci 0000:03:00.0: 4.000 Gb/s available PCIe bandwidth, limited by 5.0 GT/s PCIe x1 link at … (capable of … x16 link)`. */
function readLink(line: string, log: Log): void {
  const [, bus, link, most] =
    / ([0-9a-f:]{8,14}\.[0-7]): .{1,40}limited by (.{1,40}) link at .{1,40}capable of (.{1,80}) link/i.exec(line) ?? [];
  const busId = busIdOf(bus);
  if (busId !== undefined)
    log.links.set(
      busId,
      known({ pcieLink: linkOfText(link), pcieLinkMost: linkOfText(most?.replace(/^.* with /, '')) }),
    );
}

/** `pci 0000:01:00.0: [1022:1470] type 01 class 0x060400`: the near side of the switch, from Vega on. */
const CARD_SWITCH = / 0000:([0-9a-f]{2}):00\.0: \[10[02]2:14(?:70|78|a0)\] type 01 /i;

/** A link is told of the first adapter behind it, which on boards with a switch is not the chip. */
function linkOf(busId: string, { links, edges }: Log): Pick<SightedCard, 'pcieLink' | 'pcieLinkMost'> | undefined {
  const edge = Number.parseInt(busId.slice(0, 2), 16) - 2;
  const bus = edge.toString(16).padStart(2, '0');
  return busId.length === '00:00.0'.length && edges.has(bus) ? links.get(`${bus}:00.0`) : links.get(busId);
}

/** Messages of NVIDIA's driver leave out the function, which is 0. */
function cardAt(bus: string, vendor: FoundCard['vendor'], log: Log): Writable<FoundCard> | undefined {
  const busId = busIdOf(bus.includes('.') ? bus : `${bus}.0`);
  if (busId === undefined) return undefined;
  const card = log.cards.get(busId) ?? { vendor, xids: new Set<number>() };
  log.cards.set(busId, card);
  return card;
}

function cardOf(busId: string, found: FoundCard, position: number, log: Log): SightedCard {
  const { vendor, xids, uuid, vramBytes } = found;
  const xidCodes = [...xids].toSorted((one, other) => one - other);
  const reading = xidCodes.length === 0 ? undefined : { xidCodes };
  return known({ position, kind: 'gpu' as const, busId, vendor, uuid, vramBytes, ...linkOf(busId, log), reading });
}
