import { type NvidiaFacts, toldText } from './nvidia-card.ts';
import { type FactPlaces, factsAt, throttleReasonOf } from './nvidia-facts.ts';

/** Columns of `nvidia-smi --query-gpu`, in the order in which names are tried. Source: nvidia-smi --help-query-gpu, 352 to 595. */
const places: FactPlaces = {
  index: ['index'],
  name: ['name', 'gpu_name'],
  uuid: ['uuid', 'gpu_uuid'],
  serial: ['serial', 'gpu_serial'],
  bus: ['pci.bus_id', 'gpu_bus_id'],
  pciId: ['pci.device_id'],
  subsystemId: ['pci.sub_device_id'],
  vbios: ['vbios_version'],
  vramTotal: ['memory.total'],
  vramUsed: ['memory.used'],
  ecc: ['ecc.mode.current'],
  linkGeneration: ['pcie.link.gen.current', 'pcie.link.gen.gpucurrent'],
  linkWidth: ['pcie.link.width.current'],
  mostGeneration: ['pcie.link.gen.max', 'pcie.link.gen.gpumax'],
  mostWidth: ['pcie.link.width.max'],
  fan: ['fan.speed'],
  celsius: ['temperature.gpu'],
  memoryCelsius: ['temperature.memory'],
  watts: ['power.draw', 'power.draw.average', 'power.draw.instant'],
  limit: ['enforced.power.limit', 'power.limit'],
  shippedLimit: ['power.default_limit'],
  leastLimit: ['power.min_limit'],
  mostLimit: ['power.max_limit'],
  coreClock: ['clocks.current.graphics', 'clocks.gr', 'clocks.current.sm', 'clocks.sm'],
  memoryClock: ['clocks.current.memory', 'clocks.mem'],
  utilization: ['utilization.gpu'],
  eccCorrected: ['ecc.errors.corrected.aggregate.total', 'ecc.errors.corrected.volatile.total'],
  eccUncorrected: ['ecc.errors.uncorrected.aggregate.total', 'ecc.errors.uncorrected.volatile.total'],
  retiredSingle: ['retired_pages.single_bit_ecc.count', 'retired_pages.sbe'],
  retiredDouble: ['retired_pages.double_bit.count', 'retired_pages.dbe'],
  retirementPending: ['retired_pages.pending'],
  remappedCorrectable: ['remapped_rows.correctable'],
  remappedUncorrectable: ['remapped_rows.uncorrectable'],
  remappingPending: ['remapped_rows.pending'],
};

const readColumns: ReadonlySet<string> = new Set([
  ...Object.values(places).flat(),
  'timestamp',
  'driver_version',
  'kmd_version',
  'count',
]);

/** Columns that are known by how they begin, and of which nothing is read. */
const OTHER_COLUMN =
  /^(timestamp|count|hostname|pstate|mig\.|gom\.|pci\.|pcie\.|clocks|memory\.|ecc\.|power\.|module\.|temperature\.|utilization\.|display_|persistence_mode|addressing_mode|accounting\.|driver_|kmd_|vbios|inforom\.|gpu_recovery|compute_|encoder\.|dramencryption\.|retired_pages\.|remapped_rows\.|gsp\.|c2c\.|protected_memory\.|fabric\.|platform\.|vgpu_|edpp|enforced\.|fan\.)/;

/** Columns of nvidia-smi's lists of programs and of damaged pages, which name cards and are no list of them. */
const OF_OTHER_LISTS =
  /^(pid|process_name|used_gpu_memory|used_memory|gpu_utilization|mem_utilization|max_memory_usage|time|retired_pages\.(address|timestamp|cause)|remapped_rows\.address)$/;

/** Whether a line is the header, or the command, of one of nvidia-smi's lists of something else. */
export function isOtherList(line: string): boolean {
  if (/--query-(compute-apps|accounted-apps|retired-pages|remapped-rows|supported-clocks)/.test(line)) return true;
  if (!/^[\s|>]{0,8}[a-z][\w.]*( \[\w{1,4}\])?,/.test(line)) return false;
  return fieldsOf(line).some((field) => OF_OTHER_LISTS.test(field.replace(/\s*\[[^\]]{1,8}\]$/, '')));
}

/** The columns of a header, in lower case without units; undefined where a line is no header of a list of cards. */
export function columnsOf(line: string): readonly string[] | undefined {
  if (line.length > 12_000 || !/^[\s|>]{0,8}[a-z]/i.test(line)) return undefined;
  const columns = fieldsOf(line).map((field) => field.replace(/\s*\[[^\]]{1,8}\]$/, '').toLowerCase());
  if (columns.some((column) => !/^[a-z][\w.]*$/.test(column) || OF_OTHER_LISTS.test(column))) return undefined;
  const readCount = columns.filter((column) => readColumns.has(column)).length;
  const knownCount = columns.filter((column) => readColumns.has(column) || OTHER_COLUMN.test(column)).length;
  const isNamed = columns.some((column) => IDENTIFYING.has(column)) || columns.some((column) => column.includes('.'));
  return isNamed && readCount > 0 && knownCount === columns.length ? columns : undefined;
}

const IDENTIFYING: ReadonlySet<string> = new Set([
  'name',
  'gpu_name',
  'uuid',
  'gpu_uuid',
  'pci.bus_id',
  'gpu_bus_id',
  'memory.total',
]);

/** The fields of a line, split at commas: no value of nvidia-smi has one. */
export function fieldsOf(line: string): readonly string[] {
  return line
    .replace(/^[\s|>]{0,8}/, '')
    .split(',')
    .map((field) => field.trim());
}

/** The facts of a row, by its columns. */
export function factsOfRow(columns: readonly string[], fields: readonly string[]): NvidiaFacts {
  const texts = new Map(columns.map((column, index) => [column, fields[index] ?? '']));
  return { facts: factsAt(places, (name) => texts.get(name)), throttles: throttlesOf(texts) };
}

/** Of a mask, by bit. Source: NVML's constants nvmlClocksEventReason… */
const BITS = [
  'gpu_idle',
  'applications_clocks_setting',
  'sw_power_cap',
  'hw_slowdown',
  'sync_boost',
  'sw_thermal_slowdown',
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'display_clocks_setting',
] as const;

function throttlesOf(texts: ReadonlyMap<string, string>): readonly string[] {
  const reasons = new Set<string>();
  for (const [column, text] of texts) {
    if (!/^clocks_(throttle|event)_reasons\./.test(column)) continue;
    const reason = throttleReasonOf(column);
    if (reason !== undefined && text === 'Active') reasons.add(reason);
    const mask = column.endsWith('.active') ? Number(toldText(text) ?? '0') : 0;
    BITS.forEach((name, bit) => {
      const masked = throttleReasonOf(name);
      if (masked !== undefined && Number.isSafeInteger(mask) && (mask & (1 << bit)) !== 0) reasons.add(masked);
    });
  }
  return [...reasons];
}
