import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

function read(...lines: readonly string[]): InventoryRead {
  return readInventory([{ name: 'rig07.csv', text: lines.join('\n') }]);
}

function codesOf({ faults }: InventoryRead): readonly string[] {
  return faults.map(({ code }) => code);
}

const uuid = 'GPU-1111aaaa-aaaa-bbbb-cccc-000000000001';

describe('nvidia-smi CSV', () => {
  it('is read with any columns in any order, with units in the header alone, with a mark and CRLF', () => {
    const { farm, faults } = read(
      '\uFEFFmemory.total [MiB],temperature.gpu,name,pci.bus_id,pcie.link.gen.current,pcie.link.width.current\r',
      '8192,61,NVIDIA GeForce RTX 3070,00000000:0A:00.0,1,16\r',
      '6080,[N/A],NVIDIA P106-100,00000000:0B:00.0,1,[Not Supported]\r',
    );
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards).toMatchObject([
      { busId: '0a:00.0', vramBytes: 8192 * MIB, pcieLink: { generation: 1, laneCount: 16 } },
      { busId: '0b:00.0', vramBytes: 6080 * MIB, name: 'NVIDIA P106-100' },
    ]);
    expect(farm.rigs[0]?.cards[1]).not.toHaveProperty('pcieLink');
  });

  it('is read without a header where the command stands above it', () => {
    const { farm, faults } = read(
      'user@rig07:~$ nvidia-smi --query-gpu=index,temperature.gpu,name,memory.total --format=csv,noheader,nounits',
      '```',
      '0, 61, NVIDIA GeForce RTX 3070, 8192',
    );
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards).toMatchObject([
      { name: 'NVIDIA GeForce RTX 3070', vramBytes: 8192 * MIB, reading: { temperatureCelsius: 61 } },
    ]);
  });

  it('is read without a header where its columns cannot be mistaken', () => {
    const { farm, faults } = read(`0, NVIDIA GeForce RTX 3070, ${uuid}, 535.54.03, 8192 MiB`);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]).toMatchObject({ host: { nvidiaDriverVersion: '535.54.03' }, cards: [{ uuid }] });
  });

  it('without a header names its cards and asks for one where a column could be several', () => {
    const result = read('0, NVIDIA GeForce RTX 3070, 45, 120.50 W', '1, NVIDIA GeForce RTX 3070, 47, 121.50 W');
    expect(codesOf(result)).toEqual(['inventory-no-header']);
    expect(result.faults[0]?.mend).toContain('with a header');
    expect(result.farm.rigs[0]?.cards).toHaveLength(2);
    expect(result.farm.rigs[0]?.cards[0]).not.toHaveProperty('reading');
  });

  it('of a log that goes on gives each card once, with its newest figures', () => {
    const times = ['10:26:34.977', '10:26:39.977', '10:26:44.977'];
    const rows = times.flatMap((time, index) => [
      `2022/06/24 ${time}, 0, NVIDIA A, ${40 + index}`,
      `2022/06/24 ${time}, 1, NVIDIA B, ${50 + index}`,
    ]);
    const { farm, faults } = read('timestamp, index, name, temperature.gpu', ...rows);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards.map(({ name, reading }) => [name, reading?.temperatureCelsius])).toEqual([
      ['NVIDIA A', 42],
      ['NVIDIA B', 52],
    ]);
  });

  it('says so where the same cards come again and nothing tells whose they are', () => {
    const rows = ['0, NVIDIA GeForce RTX 3070', '1, NVIDIA GeForce RTX 3070'];
    const result = read('index, name', ...rows, ...rows);
    expect(codesOf(result)).toEqual(['inventory-section-incomplete']);
    expect(result.farm.rigs[0]?.cards).toHaveLength(2);
  });

  it('takes no list of programs or of damaged pages for cards', () => {
    const result = read(
      'timestamp, gpu_name, gpu_bus_id, gpu_uuid, pid, process_name, used_gpu_memory [MiB]',
      `2022/06/24 10:26:34.977, NVIDIA GeForce RTX 3070, 00000000:0A:00.0, ${uuid}, 12, python, 4000 MiB`,
    );
    expect(result.farm.rigs).toEqual([]);
  });

  it('names a row that is cut and a card that is lost', () => {
    const result = read(
      'index, name, pci.bus_id, memory.total [MiB]',
      '0, NVIDIA GeForce RTX 3070, 00000000:0A:00.0, 8192 MiB',
      '1, [GPU is lost], 00000000:0B:00.0, [GPU is lost]',
      '2, NVIDIA GeForce RTX 3070, 00000000:0C',
    );
    expect(codesOf(result)).toEqual(['inventory-card-lost', 'inventory-section-incomplete']);
    expect(result.farm.rigs[0]?.cards.map(({ busId }) => busId)).toEqual(['0a:00.0', '0b:00.0']);
  });

  it('reads why a clock is held down from columns and from the mask, and takes rest for no reason', () => {
    const { farm } = read(
      'name, clocks_throttle_reasons.active, clocks_throttle_reasons.hw_slowdown',
      'NVIDIA GeForce RTX 3070, 0x0000000000000045, Active',
    );
    expect(farm.rigs[0]?.cards[0]?.reading?.throttleReasons?.toSorted()).toEqual([
      'hw_slowdown',
      'hw_thermal_slowdown',
      'sw_power_cap',
    ]);
  });

  it('is read where a console of Windows puts an empty line below the header', () => {
    const { farm, faults } = readInventory([
      {
        name: 'a.txt',
        text: 'name, power.draw [W], fan.speed [%], power.default_limit [W]\r\n\r\nGeForce RTX 2070, 141.27, 63, [Unknown Error]\r\n',
      },
    ]);
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards).toMatchObject([
      { name: 'GeForce RTX 2070', reading: { powerWatts: 141.27, fanPercent: 63 } },
    ]);
  });

  it('without a header tells no power for a driver, and names cards whose figures nobody knows', () => {
    const bare = readInventory([{ name: 'a.txt', text: '0, GeForce GTX 1080, 98, 371.25, 61\n' }]).farm.rigs[0];
    expect([bare?.host, bare?.cards.length]).toEqual([{}, 1]);
    const { farm, faults } = readInventory([
      { name: 'a.txt', text: 'P104-100, 99 %, 61, 121.50 W, [Unknown Error]\nP104-100, 98 %, 60, 119.00 W, 70 %\n' },
    ]);
    expect(farm.rigs[0]?.cards.map(({ name }) => name)).toEqual(['P104-100', 'P104-100']);
    expect(faults.map(({ code }) => code)).toEqual(['inventory-no-header']);
  });
});
