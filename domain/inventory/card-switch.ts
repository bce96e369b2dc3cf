import type { LspciRecord } from './lspci-records.ts';

/**
 * Bridges that sit on the boards themselves, AMD's from Vega on and Intel's Arc: a switch whose far side, to the chip,
 * always says the same (16 lanes of AMD's, one lane of the first generation of Intel's), so that a slot or riser shows
 * on its near side alone. Source: the PCI ID database, vendors 1002, 1022 and 8086.
 */
const BRIDGE_IDS = /^(10[02]2:(147[0189]|14a[01])|8086:(4fa[014]|e2f[01f]))$/;
const BRIDGE_LABELS =
  /Navi .{1,20}(Up|Down)stream Port|Vega (10|20) PCIe Bridge|Advanced Micro Devices.{1,20} Device (147[0189]|14a[01])$/;

/** The most bridges between a chip and its board's edge. */
const MOST_BRIDGES = 4;

/** The adapter at whose link a card's slot begins: the near side of the switch on its board, else the card itself. */
export function edgeOf(record: LspciRecord, bridges: ReadonlyMap<string, LspciRecord>): LspciRecord {
  let edge = record;
  for (let count = 0; count < MOST_BRIDGES; count += 1) {
    const bridge = bridges.get(busOf(edge));
    if (bridge === undefined || !isOnBoard(bridge) || bridge.linkText === undefined) break;
    edge = bridge;
  }
  return edge;
}

/** Bridges by the bus on their far side. */
export function bridgesOf(records: readonly LspciRecord[]): ReadonlyMap<string, LspciRecord> {
  const bridges = new Map<string, LspciRecord>();
  for (const record of records) {
    const domain = record.busId.slice(0, -'00:00.0'.length);
    if (record.farBus !== undefined) bridges.set(`${domain}${record.farBus}`, record);
  }
  return bridges;
}

function isOnBoard({ pciId, label }: LspciRecord): boolean {
  return BRIDGE_IDS.test(pciId ?? '') || BRIDGE_LABELS.test(label ?? '');
}

/** `0b:00.0` → `0b`; a domain before it is kept. */
function busOf({ busId }: LspciRecord): string {
  return busId.slice(0, -':00.0'.length);
}
