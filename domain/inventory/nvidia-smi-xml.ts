import { type InventoryFault, inventoryFault } from './faults.ts';
import { countOf, known } from './fields.ts';
import type { TextFormat } from './format.ts';
import { lostCard } from './lost-card.ts';
import { nvidiaCard, saysLost, toldText } from './nvidia-card.ts';
import { type FactPlaces, factsAt, throttleReasonOf } from './nvidia-facts.ts';
import { readSmiLogs, type SmiLog, type SmiLogCard } from './nvidia-smi-log.ts';
import { rigOfFile } from './rig-key.ts';
import type { FormatRead, RigSighting, SightedCard } from './sighting.ts';

/**
 * `nvidia-smi -q -x`, one document or several, of the schemas v10 to v13: v12 renamed `power_readings` to
 * `gpu_power_readings` and `clocks_throttle_reasons` to `clocks_event_reasons`; v13 has `kmd_version` beside
 * `driver_version`, and the power draw averaged and instant.
 */
export const nvidiaSmiXml: TextFormat = {
  kind: 'text',
  name: 'nvidia-smi-xml',
  title: 'nvidia-smi XML',
  read(text, source) {
    if (!text.includes('<nvidia_smi_log')) return undefined;
    const reads = readSmiLogs(text).map((log) => readLog(log, source));
    return { sightings: reads.flatMap(({ sightings }) => sightings), faults: reads.flatMap(({ faults }) => faults) };
  },
};

const LINK = 'pci/pci_gpu_link_info';
const ECC = 'ecc_errors';

const places: FactPlaces = {
  name: ['product_name'],
  uuid: ['uuid'],
  serial: ['serial'],
  bus: ['pci/pci_bus_id'],
  pciId: ['pci/pci_device_id'],
  subsystemId: ['pci/pci_sub_system_id'],
  vbios: ['vbios_version'],
  vramTotal: ['fb_memory_usage/total', 'memory_usage/total'],
  vramUsed: ['fb_memory_usage/used', 'memory_usage/used'],
  bar1Total: ['bar1_memory_usage/total'],
  ecc: ['ecc_mode/current_ecc'],
  linkGeneration: [`${LINK}/pcie_gen/current_link_gen`, `${LINK}/pcie_gen/device_current_link_gen`],
  linkWidth: [`${LINK}/link_widths/current_link_width`],
  mostGeneration: [`${LINK}/pcie_gen/max_link_gen`, `${LINK}/pcie_gen/max_device_link_gen`],
  mostWidth: [`${LINK}/link_widths/max_link_width`],
  fan: ['fan_speed'],
  celsius: ['temperature/gpu_temp'],
  memoryCelsius: ['temperature/memory_temp'],
  watts: [
    ...eitherReadings('power_draw'),
    ...eitherReadings('average_power_draw'),
    ...eitherReadings('instant_power_draw'),
  ],
  limit: [
    ...eitherReadings('current_power_limit'),
    ...eitherReadings('enforced_power_limit'),
    ...eitherReadings('power_limit'),
    'gpu_power_readings/gpu_ceiling_power_limit/current_power_limit',
  ],
  shippedLimit: eitherReadings('default_power_limit'),
  leastLimit: eitherReadings('min_power_limit'),
  mostLimit: eitherReadings('max_power_limit'),
  coreClock: ['clocks/graphics_clock', 'clocks/sm_clock'],
  memoryClock: ['clocks/mem_clock'],
  utilization: ['utilization/gpu_util'],
  replays: ['pci/replay_counter'],
  eccCorrected: eccPlaces('single_bit', ['sram_correctable', 'dram_correctable']),
  eccUncorrected: eccPlaces('double_bit', [
    'sram_uncorrectable',
    'sram_uncorrectable_parity',
    'sram_uncorrectable_secded',
    'dram_uncorrectable',
  ]),
  retiredSingle: ['retired_pages/multiple_single_bit_retirement/retired_count'],
  retiredDouble: ['retired_pages/double_bit_retirement/retired_count'],
  retirementPending: ['retired_pages/pending_retirement', 'retired_pages/pending_blacklist'],
  remappedCorrectable: ['remapped_rows/remapped_row_corr'],
  remappedUncorrectable: ['remapped_rows/remapped_row_unc'],
  remappingPending: ['remapped_rows/remapped_row_pending'],
};

function eitherReadings(name: string): readonly string[] {
  return [`gpu_power_readings/${name}`, `power_readings/${name}`];
}

/** Errors since they were cleared, else since the driver was loaded; old schemas count them by bits, new by memory. */
function eccPlaces(bits: string, memories: readonly string[]): readonly string[] {
  return ['aggregate', 'volatile'].flatMap((since) => [
    `${ECC}/${since}/${bits}/total`,
    memories.map((memory) => `${ECC}/${since}/${memory}`).join('+'),
  ]);
}

function readLog({ texts, cards, isComplete }: SmiLog, source: string): FormatRead {
  const sentAt = toldText(texts.get('timestamp'));
  const attachedCount = countOf(texts.get('attached_gpus'));
  const sighting: RigSighting = known({
    format: 'nvidia-smi-xml' as const,
    source,
    ...rigOfFile(source),
    sentAt,
    host: known({
      nvidiaDriverVersion: toldText(texts.get('driver_version')) ?? toldText(texts.get('kmd_version')),
      cudaVersion: toldText(texts.get('cuda_version')) ?? toldText(texts.get('cuda_umd_version')),
    }),
    cards: cards.map((card, position) => cardOf(card, position, sentAt)),
    isWholeList: isComplete && attachedCount === cards.length,
    claimedCardCount: attachedCount,
  });
  const lost = cards.filter(({ texts: told }) => [...told.values()].some(saysLost));
  const faults: readonly InventoryFault[] = [
    ...lost.map(({ id }) => lostCard(source, id ?? 'of no told bus')),
    ...(isComplete ? [] : [halfWritten(source, cards.length)]),
  ];
  return { sightings: [sighting], faults };
}

function cardOf({ id, texts }: SmiLogCard, position: number, sentAt: string | undefined): SightedCard {
  const facts = factsAt(places, (name) => texts.get(name) ?? (name === 'pci/pci_bus_id' ? id : undefined));
  return nvidiaCard({ facts, throttles: throttlesOf(texts) }, position, sentAt);
}

function throttlesOf(texts: ReadonlyMap<string, string>): readonly string[] {
  const reasons: string[] = [];
  for (const [path, text] of texts) {
    const [, name] = /^clocks_(?:throttle|event)_reasons\/(.*)$/.exec(path) ?? [];
    const reason = name === undefined || text !== 'Active' ? undefined : throttleReasonOf(name);
    if (reason !== undefined) reasons.push(reason);
  }
  return reasons;
}

function halfWritten(source: string, cardCount: number): InventoryFault {
  return inventoryFault('inventory-half-written', {
    what: `${source} ends in the middle of nvidia-smi’s XML.`,
    why: `The closing </nvidia_smi_log> is missing; ${cardCount} cards were begun, and the last may be read in part only.`,
    mend: 'Save the output again: nvidia-smi -q -x > FILE.',
  });
}
