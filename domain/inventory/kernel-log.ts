import { busIdOf } from './bus-id.ts';
import type { TextFormat } from './format.ts';
import { rigOfFile } from './rig-key.ts';
import type { SightedCard } from './sighting.ts';
import { linesOf } from './text-lines.ts';

/** `NVRM: Xid (PCI:0000:0a:00): 79, pid=1234, GPU has fallen off the bus.` */
const XID = /\bNVRM: Xid \(PCI:([0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2})(\.[0-7])?\): (\d{1,4})\b/;

/** The kernel's log (`dmesg`, `journalctl -k`), of which the errors of NVIDIA's driver are read, by card. */
export const kernelLog: TextFormat = {
  kind: 'text',
  name: 'kernel-log',
  title: 'kernel log',
  read(text, source) {
    if (!text.includes('NVRM: Xid')) return undefined;
    const codes = new Map<string, Set<number>>();
    for (const { line } of linesOf(text)) {
      const [, bus, card = '.0', code] = XID.exec(line) ?? [];
      const busId = bus === undefined ? undefined : busIdOf(`${bus}${card}`);
      if (busId !== undefined) codes.set(busId, (codes.get(busId) ?? new Set()).add(Number(code)));
    }
    const cards = [...codes].map(
      ([busId, found], position): SightedCard => ({
        ...{ position, kind: 'gpu', busId, vendor: 'nvidia' },
        reading: { xidCodes: [...found].sort((one, other) => one - other) },
      }),
    );
    return { sightings: [{ format: 'kernel-log', source, ...rigOfFile(source), host: {}, cards }], faults: [] };
  },
};
