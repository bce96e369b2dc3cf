import { isToolWord } from './rig-key.ts';

/** A part of a text that one machine wrote; without a name before the first that is told. */
export interface HostPart {
  readonly hostName?: string;
  readonly text: string;
}

/** How tools that run a command on many machines head each one's output; the name is the first group. */
const headings: readonly RegExp[] = [
  // Ansible: rig01 | CHANGED | rc=0 >>
  /^([\w.-]{1,60}) \| [A-Z!]{2,20} (?:\||=>).{0,200}$/gm,
  // parallel-ssh: [1] 10:00:00 [SUCCESS] rig01
  /^\[\d{1,6}\] \d{2}:\d{2}:\d{2} \[[A-Z]{2,20}\] ([\w.-]{1,60})(?: .{0,100})?$/gm,
  // dshbak, clush: the name between two rules
  /^-{8,80}\n([\w.-]{1,60})(?: \(\d{1,5}\))?\n-{8,80}$/gm,
  // A shell's prompt with the command: root@rig01:~# nvidia-smi
  /^(?:\([\w.-]{1,40}\) )?\[?[\w.-]{1,40}@([\w.-]{1,60})[: ][^$#\n]{0,100}[$#] ?.{0,300}$/gm,
  // A loop's own headings: === rig01 ===, ## rig 01, --- host gpu-3 ---. Reports have headings too, so that only names
  // that begin as names of machines do are taken.
  /^[=#*-]{2,40} ?(?:(?:host|machine|server)[: ] ?)?((?:rig|gpu|host|miner|farm|hive|server|srv|box|pc|r|m)[ _-]?[\w.-]{0,30}\d[\w.-]{0,20}) ?[:=#*-]{0,40}$/gim,
];

/** The most machines of one file. */
const MOST_HOSTS = 20_000;

/**
 * Splits a text that several machines wrote, one after another, at the headings that name them. One part where no two
 * machines are named: the file's own name then tells the rig, as hosts are often all called alike.
 */
export function hostPartsOf(text: string): readonly HostPart[] {
  for (const heading of headings) {
    const found = headingsIn(text, heading);
    if (new Set(found.map(({ hostName }) => hostName)).size < 2) continue;
    const [first] = found;
    const before = text.slice(0, first?.at);
    const parts = found.map(
      ({ hostName, end }, index): HostPart => ({ hostName, text: text.slice(end, found[index + 1]?.at) }),
    );
    return /\S/.test(before) ? [{ text: before }, ...parts] : parts;
  }
  return [{ text }];
}

interface Heading {
  readonly hostName: string;
  readonly at: number;
  readonly end: number;
}

function headingsIn(text: string, pattern: RegExp): readonly Heading[] {
  const found: Heading[] = [];
  for (const match of text.matchAll(pattern)) {
    const hostName = match[1];
    if (hostName === undefined || !isHostName(hostName)) continue;
    found.push({ hostName, at: match.index, end: match.index + match[0].length });
    if (found.length >= MOST_HOSTS) break;
  }
  return found;
}

/** Names of tools and versions head sections of one machine; an address is no name that may be kept. */
function isHostName(name: string): boolean {
  return !/^[\d.]+$/.test(name) && !name.split(/[-_.]/).every((word) => isToolWord(word));
}
