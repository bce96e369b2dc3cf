import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

function read(text: string): InventoryRead {
  return readInventory([{ name: 'rig07.xml', text }]);
}

function log(gpus: string, head = ''): string {
  return `<?xml version="1.0" ?>\n<nvidia_smi_log>${head}${gpus}</nvidia_smi_log>\n`;
}

const NAME = '<product_name>NVIDIA GeForce RTX 3070</product_name>';

describe('nvidia-smi XML', () => {
  it.each([
    ['v10', '<power_readings><power_draw>54.32 W</power_draw><power_limit>80.00 W</power_limit></power_readings>'],
    [
      'v12',
      '<gpu_power_readings><power_draw>54.32 W</power_draw><current_power_limit>80.00 W</current_power_limit></gpu_power_readings>',
    ],
    [
      'v13',
      '<gpu_power_readings><average_power_draw>N/A</average_power_draw><instant_power_draw>54.32 W</instant_power_draw><gpu_ceiling_power_limit><current_power_limit>80 W</current_power_limit></gpu_ceiling_power_limit></gpu_power_readings><module_power_readings><average_power_draw>9 W</average_power_draw></module_power_readings>',
    ],
  ])('reads power as schema %s names it', (_, power) => {
    const [card] = read(log(`<gpu id="00000000:0A:00.0">${NAME}${power}</gpu>`)).farm.rigs[0]?.cards ?? [];
    expect(card).toMatchObject({ busId: '0a:00.0', reading: { powerWatts: 54.32, powerLimitWatts: 80 } });
  });

  it('takes the zeros of a share of a card in a virtual machine for no readings', () => {
    const share = `<product_name>GRID M60-2Q</product_name><vbios_version>00.00.00.00.00</vbios_version>
      <fb_memory_usage><total>2048 MiB</total></fb_memory_usage><temperature><gpu_temp>0 C</gpu_temp></temperature>
      <clocks><graphics_clock>0 MHz</graphics_clock><mem_clock>0 MHz</mem_clock></clocks>`;
    const [card] = read(log(`<gpu id="00000000:02:00.0">${share}</gpu>`)).farm.rigs[0]?.cards ?? [];
    expect(card).toMatchObject({ name: 'GRID M60-2Q', vramBytes: 2048 * MIB });
    expect([card?.vbios, card?.reading]).toEqual([undefined, undefined]);
  });

  it('reads the driver by its newer name too', () => {
    const head = '<kmd_version>610.43.03</kmd_version><cuda_umd_version>13.3</cuda_umd_version>';
    expect(read(log(`<gpu id="0">${NAME}</gpu>`, head)).farm.rigs[0]?.host).toEqual({
      nvidiaDriverVersion: '610.43.03',
      cudaVersion: '13.3',
    });
  });

  it('sums errors of all memories, and those that were cleared before do not count', () => {
    const ecc = `<ecc_mode><current_ecc>Enabled</current_ecc></ecc_mode><ecc_errors>
      <volatile><dram_correctable>1</dram_correctable></volatile>
      <aggregate><sram_correctable>2</sram_correctable><dram_correctable>156000</dram_correctable>
      <sram_uncorrectable_parity>1</sram_uncorrectable_parity><dram_uncorrectable>3</dram_uncorrectable></aggregate>
      </ecc_errors><remapped_rows><remapped_row_corr>4</remapped_row_corr><remapped_row_unc>1</remapped_row_unc>
      <remapped_row_pending>Yes</remapped_row_pending></remapped_rows>`;
    expect(read(log(`<gpu id="0000:0A:00.0">${NAME}${ecc}</gpu>`)).farm.rigs[0]?.cards[0]).toMatchObject({
      isEccOn: true,
      reading: { eccCorrectedCount: 156002, eccUncorrectedCount: 4, retiredPageCount: 5, isRetirementPending: true },
    });
  });

  it('leaves partitions and programs of a card out', () => {
    const inner = `<mig_devices><mig_device><fb_memory_usage><total>4864 MiB</total></fb_memory_usage></mig_device></mig_devices>
      <processes><process_info><used_memory>1 MiB</used_memory></process_info></processes>
      <fb_memory_usage><total>40960 MiB</total></fb_memory_usage>`;
    expect(read(log(`<gpu id="0000:0A:00.0">${inner}</gpu>`)).farm.rigs[0]?.cards).toMatchObject([
      { vramBytes: 40960 * MIB },
    ]);
  });

  it('gives what a cut document has, and says that it is half written', () => {
    const { farm, faults } = read(
      `<nvidia_smi_log><attached_gpus>3</attached_gpus><gpu id="0000:0A:00.0">${NAME}</gpu><gpu id="0000:0B:00.0"><product_na`,
    );
    expect(farm.rigs[0]?.cards.map(({ busId }) => busId)).toEqual(['0a:00.0', '0b:00.0']);
    expect(faults.map(({ code }) => code)).toEqual(['inventory-half-written']);
    expect(farm.rigs[0]?.contradictions).toMatchObject([{ aspect: 'count', others: [{ text: '3 attached' }] }]);
  });

  it('keeps a lost card by its bus and says that it is lost', () => {
    const lost = '<gpu id="00000000:0B:00.0"><product_name>GPU is lost</product_name><uuid>GPU is lost</uuid></gpu>';
    const { farm, faults } = read(log(`<gpu id="00000000:0A:00.0">${NAME}</gpu>${lost}`));
    expect(farm.rigs[0]?.cards.map(({ busId, name }) => [busId, name])).toEqual([
      ['0a:00.0', 'NVIDIA GeForce RTX 3070'],
      ['0b:00.0', undefined],
    ]);
    expect(faults.map(({ code }) => code)).toEqual(['inventory-card-lost']);
  });

  it('keeps no UUID, serial number or PCI id that was blanked out', () => {
    const blank = `<uuid>GPU-00000000-0000-0000-0000-000000000000</uuid><serial>0000000000000</serial>
      <pci><pci_device_id>000000DE</pci_device_id><pci_sub_system_id>[REDACTED]</pci_sub_system_id></pci>`;
    const [card] = read(log(`<gpu id="00000000:0A:00.0">${blank}</gpu>`)).farm.rigs[0]?.cards ?? [];
    expect(Object.keys(card ?? {}).toSorted()).toEqual(['busId', 'cardId', 'kind', 'vendor']);
  });
});
