/** What a column of our farm list is about. */
export interface CsvColumn {
  readonly name: string;
  /** Other headings that are read as this one. */
  readonly aliases: readonly string[];
  /** For people, with its unit and an example. */
  readonly meaning: string;
}

function column(name: string, meaning: string, ...aliases: readonly string[]): CsvColumn {
  return { name, aliases, meaning };
}

/** Every column of our farm list; only `card` must be there. */
export const csvColumns = [
  column(
    'rig',
    'the rig’s name, the same on all of its lines; without one, the card is in no rig',
    'rig_name',
    'host',
    'hostname',
  ),
  column('rigs', 'how many rigs are like this one; they get numbers after the name', 'rig_count'),
  column(
    'card',
    'the card’s name as a driver or a shop prints it: RX 580, GeForce RTX 3060 Ti, CMP 40HX',
    'gpu',
    'gpu_name',
    'model',
    'card_name',
  ),
  column('count', 'how many of it are in the rig; 1 without it', 'qty', 'quantity', 'cards', 'gpu_count'),
  column('vram_gb', 'memory of one card in GB', 'vram', 'memory_gb'),
  column(
    'bus',
    'PCI bus as lspci prints it, 03:00.0; for several cards each, parted by blanks',
    'bus_id',
    'pci_bus',
    'busid',
  ),
  column('pcie', 'the link as it is now: gen2 x1', 'link', 'pcie_link'),
  column('ram_gb', 'the rig’s memory in GB', 'ram'),
  column('cpu', 'the rig’s processor as it prints its name', 'processor'),
  column('cpu_cores', 'how many cores it has', 'cores'),
  column('board', 'the rig’s motherboard', 'motherboard', 'mainboard'),
  column('disk', 'the rig’s disk, as it prints its name', 'disk_model'),
  column('disk_gb', 'its size in GB (10⁹ bytes, as disks are sold)'),
  column('uplink_mbit', 'from the rig to the internet, in Mbit/s', 'upload_mbit'),
  column('nvidia_driver', 'version of NVIDIA’s driver', 'driver', 'driver_version'),
  column('amd_driver', 'version of AMD’s driver'),
  column('maker', 'who built the board: Sapphire', 'board_maker', 'brand', 'subvendor'),
  column('memory_maker', 'who made its memory: Hynix'),
  column('vbios', 'version of its VBIOS', 'bios'),
  column('uuid', 'its UUID, of one card'),
  column('serial', 'its serial number, of one card', 'serial_number'),
  column('pci_id', 'vendor and product, 10de:2484'),
  column('subsystem_id', 'the board’s own id, 1458:404c'),
  column('power_w', 'what one card draws now, in watts', 'power', 'watts'),
  column('power_limit_w', 'the limit set, in watts', 'plimit'),
  column('temp_c', 'its temperature in °C', 'temperature'),
  column('mem_temp_c', 'its memory’s temperature in °C', 'memory_temp_c'),
  column('fan_percent', 'its fan, 0 to 100', 'fan'),
  column('hashrate_mh', 'what it mines, in MH/s', 'hashrate', 'mhs'),
  column('algorithm', 'and by which algorithm: etchash', 'algo'),
] as const satisfies readonly CsvColumn[];

const byHeading: ReadonlyMap<string, string> = new Map(
  csvColumns.flatMap(({ name, aliases }) => [name, ...aliases].map((heading) => [heading, name] as const)),
);

/** Our name of a heading: `GPU Count` → `count`; undefined for one that we do not know. */
export function columnOf(heading: string): string | undefined {
  const slug = heading
    .slice(0, 60)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  return byHeading.get(slug);
}

const meanings = csvColumns.map(({ name, meaning }) => `#   ${name.padEnd(14)} ${meaning}`).join('\n');

/** What `rerig intake --template` prints: all columns with what they mean, and three rows to write over. */
export const rerigCsvTemplate = `# A farm, one line for each kind of card in a rig. Lines that begin with # are not read.
# Fields are parted by commas, semicolons or tabs; with semicolons and tabs 3,5 means 3.5. Only "card" is needed: take
# out columns that you know nothing of, and leave empty what you do not know. The columns:
${meanings}
rig,card,count,vram_gb,bus,pcie,ram_gb,cpu,power_w
rig-01,Radeon RX 580,6,8,,gen2 x1,4,Intel Celeron J1800,95
rig-02,GeForce RTX 3060 Ti,1,8,01:00.0,gen3 x16,8,Intel Pentium G4400,120
rig-02,P102-100,4,5,"02:00.0 03:00.0 04:00.0 05:00.0",gen1 x1,,,210
`;
