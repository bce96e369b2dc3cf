import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, type ObservedCard, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

const REAL_FOLDER = join(import.meta.dirname, '../../../shared/data/rig-outputs');
const hasRealFiles = existsSync(REAL_FOLDER);

/**
 * Read off the files by eye. A card's line is: bus or place, name, VRAM in MiB, hash rate with the algorithm, °C of the
 * chip, of the memory and of the hot spot, fan, watts; `-` where the file does not tell.
 */
const table: Readonly<Record<string, readonly string[]>> = {
  'claymore-9.6_6gpu_getstat1.json': [
    '#0 - | - | 30.502 MH/s ethash | 53 - - | 71 % | -',
    '#1 - | - | 30.457 MH/s ethash | 57 - - | 67 % | -',
    '#2 - | - | 30.297 MH/s ethash | 61 - - | 72 % | -',
    '#3 - | - | 30.481 MH/s ethash | 55 - - | 70 % | -',
    '#4 - | - | 30.479 MH/s ethash | 59 - - | 71 % | -',
    '#5 - | - | 30.505 MH/s ethash | 61 - - | 70 % | -',
  ],
  'foreman-ClaymoreEth-1.json': [
    '#0 - | - | 29.482 MH/s ethash | 60 - - | 60 % | -',
    '#1 - | - | 29.474 MH/s ethash | 56 - - | 56 % | -',
    '#2 - | - | 29.427 MH/s ethash | 57 - - | 57 % | -',
    '#3 - | - | 29.477 MH/s ethash | 57 - - | 57 % | -',
    '#4 - | - | 29.523 MH/s ethash | 58 - - | 58 % | -',
    '#5 - | - | 29.523 MH/s ethash | 59 - - | 58 % | -',
    '#6 - | - | 29.533 MH/s ethash | 57 - - | 57 % | -',
    '#7 - | - | 28.878 MH/s ethash | 58 - - | 58 % | -',
  ],
  // TT-Miner prints hashes a second; the figures of this answer are Claymore's, in thousands.
  'foreman-Ttminer-1.json': [
    '#0 - | - | 29.482 MH/s | 60 - - | 60 % | -',
    '#1 - | - | 29.474 MH/s | 56 - - | 56 % | -',
    '#2 - | - | 29.427 MH/s | 57 - - | 57 % | -',
    '#3 - | - | 29.477 MH/s | 57 - - | 57 % | -',
    '#4 - | - | 29.523 MH/s | 58 - - | 58 % | -',
    '#5 - | - | 29.523 MH/s | 59 - - | 58 % | -',
    '#6 - | - | 29.533 MH/s | 57 - - | 57 % | -',
    '#7 - | - | 28.878 MH/s | 58 - - | 58 % | -',
  ],
  'foreman-Ethminer16-1.json': [
    '#0 - | - | 14.683 MH/s ethash | 53 - - | 90 % | -',
    '#1 - | - | 14.508 MH/s ethash | 50 - - | 90 % | -',
    '#2 - | - | 14.508 MH/s ethash | 56 - - | 90 % | -',
    '#3 - | - | 14.508 MH/s ethash | 58 - - | 90 % | -',
    '#4 - | - | 14.508 MH/s ethash | 61 - - | 90 % | -',
    '#5 - | - | 14.508 MH/s ethash | 60 - - | 90 % | -',
  ],
  'foreman-Ethminer19-1.json': [
    '#0 - | - | 23.117 MH/s ethash | 49 - - | 100 % | -',
    '#1 - | - | 23.1 MH/s ethash | 56 - - | 100 % | -',
    '#2 - | - | 19.731 MH/s ethash | 56 - - | 100 % | -',
    '#3 - | - | 22.266 MH/s ethash | 57 - - | 100 % | -',
    '#4 - | - | 21.328 MH/s ethash | 56 - - | 100 % | -',
    '#5 - | - | 23.708 MH/s ethash | 51 - - | 100 % | -',
    '#6 - | - | 23.559 MH/s ethash | 51 - - | 100 % | -',
    '#7 - | - | 23.766 MH/s ethash | 50 - - | 85 % | -',
    '#8 - | - | 22.556 MH/s ethash | 59 - - | 0 % | -',
    '#9 - | - | 20.847 MH/s ethash | 54 - - | 95 % | -',
    '#10 - | - | 20.973 MH/s ethash | 52 - - | 100 % | -',
    '#11 - | - | 21.756 MH/s ethash | 52 - - | 100 % | -',
  ],
  'foreman-Api1_0Trex-1.json': [
    '#0 - | - | 3.059637 MH/s lyra2z | - - - | - | -',
    '#1 - | - | 3.036386 MH/s lyra2z | - - - | - | -',
    '#2 - | - | 3.033945 MH/s lyra2z | - - - | - | -',
    '#3 - | - | 3.039842 MH/s lyra2z | - - - | - | -',
    '#4 - | - | 3.036523 MH/s lyra2z | - - - | - | -',
    '#5 - | - | 3.074756 MH/s lyra2z | - - - | - | -',
    '#6 - | - | 3.0537 MH/s lyra2z | - - - | - | -',
    '#7 - | - | 2.966131 MH/s lyra2z | - - - | - | -',
  ],
  'foreman-Api1_1Trex-1.json': [
    '#0 GeForce GTX 1070 Ti | - | 19.101584 MH/s x16r | 57 - - | 56 % | 193 W',
    '#1 GeForce GTX 1070 Ti | - | 18.800141 MH/s x16r | 53 - - | 52 % | 194 W',
    '#2 GeForce GTX 1070 Ti | - | 18.846666 MH/s x16r | 57 - - | 56 % | 193 W',
    '#3 GeForce GTX 1070 Ti | - | 18.872865 MH/s x16r | 55 - - | 53 % | 198 W',
    '#4 GeForce GTX 1070 Ti | - | 18.93416 MH/s x16r | 56 - - | 55 % | 189 W',
    '#5 GeForce GTX 1070 Ti | - | 18.910557 MH/s x16r | 57 - - | 56 % | 190 W',
    '#6 GeForce GTX 1070 Ti | - | 18.944655 MH/s x16r | 54 - - | 53 % | 194 W',
    '#7 GeForce GTX 1070 Ti | - | 18.234722 MH/s x16r | 58 - - | 57 % | 181 W',
  ],
  'foreman-Api3_0Trex-1.json': ['#0 GeForce GTX 1050 Ti | - | 7.748158 MH/s x16r | 68 - - | - | -'],
  'foreman-Bminer-1.json': ['#0 - | - | 535.6 H/s | 45 - - | 74 % | 255 W'],
  'foreman-Bminer-2.json': ['#0 - | - | 30.8281344 MH/s ethash | - - - | - | -'],
  'foreman-BminerCuckoo-1.json': [
    '#0 - | - | 5.05 H/s aeternity | - - - | - | -',
    '#1 - | - | 4.92 H/s aeternity | - - - | - | -',
    '#2 - | - | 4.54 H/s aeternity | - - - | - | -',
    '#3 - | - | 4.9 H/s aeternity | - - - | - | -',
    '#4 - | - | 4.75 H/s aeternity | - - - | - | -',
    '#5 - | - | 4.75 H/s aeternity | - - - | - | -',
  ],
  'foreman-BminerCuckoo-3.json': [],
  'foreman-BminerGrin-1.json': [
    '#0 - | - | 4.7 H/s cuckaroo29 | - - - | - | -',
    '#1 - | - | 4.66 H/s cuckaroo29 | - - - | - | -',
    '#2 - | - | 4.71 H/s cuckaroo29 | - - - | - | -',
    '#3 - | - | 4.69 H/s cuckaroo29 | - - - | - | -',
    '#4 - | - | 4.7 H/s cuckaroo29 | - - - | - | -',
    '#5 - | - | 4.7 H/s cuckaroo29 | - - - | - | -',
    '#6 - | - | 4.68 H/s cuckaroo29 | - - - | - | -',
    '#7 - | - | 4.71 H/s cuckaroo29 | - - - | - | -',
  ],
  'foreman-BminerGrin-2.json': [
    '#0 - | - | 4.71 H/s cuckaroo29 | 63 - - | 45 % | 118 W',
    '#1 - | - | 4.7 H/s cuckaroo29 | 61 - - | 44 % | 122 W',
    '#2 - | - | 4.74 H/s cuckaroo29 | 62 - - | 45 % | 114 W',
    '#3 - | - | 4.72 H/s cuckaroo29 | 62 - - | 45 % | 123 W',
    '#4 - | - | 4.73 H/s cuckaroo29 | 63 - - | 45 % | 123 W',
    '#5 - | - | 4.73 H/s cuckaroo29 | 64 - - | 46 % | 120 W',
    '#6 - | - | 4.75 H/s cuckaroo29 | 62 - - | 45 % | 119 W',
    '#7 - | - | 4.73 H/s cuckaroo29 | 66 - - | 48 % | 118 W',
  ],
  'foreman-BminerGrin-3.json': [],
  'foreman-Excavator-2.json': [],
  'foreman-Gminer-1.json': [
    '01:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 61.1 H/s | 52 - - | - | 202 W',
    '02:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 65.1 H/s | 48 - - | - | 202 W',
    '03:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 62.1 H/s | 52 - - | - | 201 W',
    '04:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 65.1 H/s | 51 - - | - | 201 W',
  ],
  'foreman-Gminer_1_18_Beam-1.json': [
    '01:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 21 H/s equihash 150,5 "beam-pow" | 67 - - | - | 169 W',
    '02:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 22 H/s equihash 150,5 "beam-pow" | 64 - - | - | 165 W',
    '03:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 23 H/s equihash 150,5 "beam-pow" | 67 - - | - | 175 W',
    '04:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 21 H/s equihash 150,5 "beam-pow" | 66 - - | - | 168 W',
    '06:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 23 H/s equihash 150,5 "beam-pow" | 67 - - | - | 172 W',
    '09:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 24 H/s equihash 150,5 "beam-pow" | 68 - - | - | 169 W',
    '0a:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 22 H/s equihash 150,5 "beam-pow" | 66 - - | - | 172 W',
    '0b:00.0 GeForce GTX 1070 Ti 8GB | 8192 | 24 H/s equihash 150,5 "beam-pow" | 71 - - | - | 170 W',
  ],
  'foreman-Lolminer0_6-1.json': ['01:00.0 GeForce GTX 1050 Ti | - | 65.1 H/s equihash 210/9 | - - - | - | -'],
  'foreman-Lolminer1_0-1.json': ['01:00.0 GeForce GTX 1050 Ti | - | 6.7 H/s zelhash | 49 - - | 75 % | -'],
  'foreman-Lolminer1_0-3.json': [
    '03:00.0 AMD Radeon VII | - | 75.86 MH/s ethash | 47 58 - | 0 % | 160.631 W',
    '10:00.0 AMD Radeon VII | - | 74.51 MH/s ethash | 65 76 - | 0 % | 163.956 W',
    '13:00.0 AMD Radeon VII | - | 75.34 MH/s ethash | 50 64 - | 0 % | 158.396 W',
    '16:00.0 AMD Radeon VII | - | 76.69 MH/s ethash | 54 66 - | 0 % | 176.468 W',
  ],
  'foreman-Lolminer1_0NoFan-1.json': ['01:00.0 GeForce GTX 1050 Ti | - | 6.7 H/s zelhash | 49 - - | 0 % | -'],
  'lolminer-1.92_gtx1060-3gb.json': [
    '0b:00.0 NVIDIA GeForce GTX 1060 3GB | 3072 | 5.65 MH/s nexapow | 65 - 73 | 38 % | 86.118 W',
  ],
  'foreman-Nbminer-1.json': [
    '#0 GeForce GTX 1080 Ti | 11178 | 1.499 kH/s | 65 - - | 36 % | 182 W',
    '#1 GeForce GTX 1080 Ti | 11178 | 1.49 kH/s | 62 - - | 34 % | 172 W',
  ],
  'foreman-SgminerGm-2.json': [],
  'foreman-SrbminerMultiCpu-1.json': [],
  'foreman-SrbminerOld-1.json': [
    '02:00.0 Radeon RX 560 Series | - | - | 44 - - | - | -',
    '04:00.0 Radeon RX 560 Series | - | - | 54 - - | - | -',
  ],
  // One card is described; the rates of five more are listed.
  'foreman-SrbminerOldMulti-1.json': [
    '03:00.0 radeon_rx_vega | - | 1052.374 MH/s kadena | 55 - - | - | -',
    '#1 - | - | 1052.536 MH/s kadena | - - - | - | -',
    '#2 - | - | 1038.265 MH/s kadena | - - - | - | -',
    '#3 - | - | 1053.227 MH/s kadena | - - - | - | -',
    '#4 - | - | 1046.891 MH/s kadena | - - - | - | -',
    '#5 - | - | 1042.258 MH/s kadena | - - - | - | -',
  ],
  'foreman-TeamRedMiner120s-1.json': [
    '#0 - | - | 2.107 kH/s | 61 - - | 65 % | -',
    '#1 - | - | 2.118 kH/s | 61 - - | 65 % | -',
    '#2 - | - | 2.095 kH/s | 63 - - | 66 % | -',
    '#3 - | - | 2.058 kH/s | 60 - - | 65 % | -',
    '#4 - | - | 2.101 kH/s | 63 - - | 67 % | -',
    '#5 - | - | 2.094 kH/s | 62 - - | 65 % | -',
  ],
  'foreman-TeamRedMinerHardwareErrors-2.json': [],
  'foreman-TeamRedMiner_0_3_10_-1.json': ['#0 - | - | 1.794 MH/s | 69 - - | 47 % | -'],
  'GTX1070.txt': ['#1 NVIDIA GeForce GTX 1070 | 8113 | - | - - - | - | -'],
  'P106-100.txt': ['#2 NVIDIA P106-100 | 6075 | - | - - - | - | -'],
};

function lineOf(card: ObservedCard): string {
  const { busId, cardId, name = '-', vramBytes, reading = {} } = card;
  const place = busId ?? cardId.replace(/^.*card-/, '#');
  const celsius = [reading.temperatureCelsius, reading.memoryTemperatureCelsius, reading.hotSpotCelsius];
  return [
    `${place} ${name}`,
    vramBytes === undefined ? '-' : String(vramBytes / MIB),
    rateText(reading.hashesPerSecond, reading.algorithm),
    celsius.map((each) => each ?? '-').join(' '),
    reading.fanPercent === undefined ? '-' : `${reading.fanPercent} %`,
    reading.powerWatts === undefined ? '-' : `${Math.round(reading.powerWatts * 1000) / 1000} W`,
  ].join(' | ');
}

function rateText(hashesPerSecond: number | undefined, algorithm = ''): string {
  if (hashesPerSecond === undefined) return '-';
  const [perUnit, unit] = hashesPerSecond >= 1e6 ? [1e6, 'MH/s'] : hashesPerSecond >= 1e3 ? [1e3, 'kH/s'] : [1, 'H/s'];
  const digits = hashesPerSecond >= 1e8 ? 1e3 : 1e8;
  return `${Math.round((hashesPerSecond / perUnit) * digits) / digits} ${unit} ${algorithm}`.trim();
}

function readReal(file: string): InventoryRead {
  const folder = file.endsWith('.txt') ? 'opencl-bench' : 'miner-api';
  return readInventory([{ name: file, text: readFileSync(join(REAL_FOLDER, folder, file), 'utf8') }]);
}

describe.skipIf(!hasRealFiles)('miners’ answers and benchmarks in shared/data, which this machine may not have', () => {
  it('has a row in the table for every file', () => {
    const files = ['miner-api', 'opencl-bench'].flatMap((folder) => readdirSync(join(REAL_FOLDER, folder)));
    expect(Object.keys(table).toSorted()).toEqual(files.toSorted());
  });

  it.each(Object.entries(table))('reads %s as a person does', (file, expected) => {
    const { farm, faults } = readReal(file);
    expect(farm.rigs.flatMap(({ cards }) => cards).map(lineOf)).toEqual(expected);
    expect(farm.rigs.length).toBeLessThanOrEqual(1);
    expect(faults.map(({ code }) => code)).toEqual(expected.length === 0 ? ['inventory-no-card'] : []);
  });

  it('tells time, driver, maker, clocks and wrong shares where an answer has them', () => {
    const [trex] = readReal('foreman-Api1_1Trex-1.json').farm.rigs;
    expect(trex).toMatchObject({ observedAt: '2018-09-02T13:47:32Z' });
    expect(trex?.cards[0]).toMatchObject({ boardMaker: 'EVGA', vendor: 'nvidia' });
    const [beam] = readReal('foreman-Gminer_1_18_Beam-1.json').farm.rigs;
    expect(beam?.cards.map(({ boardMaker }) => boardMaker)).toEqual([...Array(6).fill('EVGA'), undefined, undefined]);
    const [bminer] = readReal('foreman-BminerGrin-2.json').farm.rigs;
    expect(bminer?.cards[7]?.reading).toMatchObject({
      coreClockMhz: 1683,
      memoryClockMhz: 4100,
      utilizationPercent: 100,
    });
    expect(bminer?.cards[7]?.reading?.usedVramBytes).toBe(5797 * MIB);
    const [lol] = readReal('lolminer-1.92_gtx1060-3gb.json').farm.rigs;
    expect(lol?.cards[0]?.reading).toMatchObject({ coreClockMhz: 1936, memoryClockMhz: 3802, invalidShareCount: 0 });
    const [srb] = readReal('foreman-SrbminerOldMulti-1.json').farm.rigs;
    expect(srb?.host.amdDriverVersion).toBe('26.20.13025.10004');
    const [cpu] = readReal('foreman-SrbminerMultiCpu-1.json').farm.rigs;
    expect(cpu?.host.cpu?.modelName).toBe('Intel Core Processor (Haswell, no TSX, IBRS)');
  });

  it('keeps what OpenCL-Benchmark measured, both runs, and takes no guess for the link', () => {
    const [rig] = readReal('P106-100.txt').farm.rigs;
    const [card] = rig?.cards ?? [];
    expect(rig?.host.nvidiaDriverVersion).toBe('535.288.01');
    expect(card?.pcieLink).toBeUndefined();
    expect(card?.measurements?.map((each) => Object.values(each).slice(1, -1).join(' '))).toEqual([
      ...['fp64 0.151', 'fp32 4.536', 'fp16 0.076', 'int64 0.859', 'int32 1.525', 'int16 4.569', 'int8 16.652'],
      ...['166560000000', 'to-card 1660000000', 'from-card 1670000000', 'both 1650000000'],
      ...['fp64 0.151', 'fp32 4.536', 'fp16 0.076', 'int64 0.86', 'int32 1.511', 'int16 4.573', 'int8 16.661'],
      ...['166590000000', 'to-card 2960000000', 'from-card 3330000000', 'both 3080000000'],
    ]);
  });

  it('keeps no wallet, pool or user name', () => {
    const names = Object.keys(table).filter((file) => file.endsWith('.json'));
    const farm = JSON.stringify(names.map((file) => readReal(file)));
    expect(farm).not.toMatch(
      /nanopool|ethermine|2miners|stratum|DMbUXFZ|1MKrTujw|0x155da|0xa0e1|t1cLkQ|GZdx44|bmxxxx/i,
    );
    expect(farm).not.toMatch(/cryptobro23|ak_xxxx|xxx\.vii|479c6Js|100fd5cb/i);
  });
});
