import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data/rig-outputs');
const hasFolder = existsSync(FOLDER);

/** A card as a person reads it off a file; VRAM in MiB as printed, or in bytes where that is what the tool prints. */
interface Card {
  readonly bus?: string;
  readonly name?: string;
  readonly mib?: number;
  readonly bytes?: number;
  readonly celsius?: number;
  readonly memoryCelsius?: number;
  readonly fan?: number;
  readonly watts?: number;
  readonly link?: string;
  readonly mostLink?: string;
}

interface Row {
  readonly file: string;
  readonly formats: string;
  /** By rig: its id and cards; empty where the file lists no card. */
  readonly rigs: Readonly<Record<string, readonly Card[]>>;
  readonly driver?: string;
}

const [gtx1080Ti, rtx3090, rtx5060Ti] = [
  { name: 'NVIDIA GeForce GTX 1080 Ti', mib: 11264 },
  { name: 'NVIDIA GeForce RTX 3090', mib: 24576 },
  { name: 'NVIDIA GeForce RTX 5060 Ti', mib: 16311 },
];
const mi100 = { name: 'Arcturus GL-XL [Instinct MI100]', bytes: 34342961152, link: 'gen3 x16' };
const rx6700Xt = { bus: '07:00.0', bytes: 12868124672, celsius: 45, memoryCelsius: 46, watts: 6, link: 'gen4 x16' };
const navi22 = 'Navi 22 [Radeon RX 6700/6700 XT / 6800M]';

/** Read off the files by eye. Of a capture at rest and under load the later one counts. */
const rows: readonly Row[] = [
  {
    file: 'hiveos-agent/hello_2nvidia_2amd_ondaD1800_jun2022.json',
    formats: 'hiveos-hello',
    driver: '470.63.01',
    rigs: {
      'hive-4': [
        { bus: '02:00.0', name: 'GeForce GTX 1660 SUPER', mib: 5944 },
        { bus: '03:00.0', name: 'GeForce RTX 2060', mib: 5934 },
        { bus: '09:00.0', name: 'Radeon RX 6600', mib: 8176 },
        { bus: '0a:00.0', name: 'Radeon RX 470', mib: 8192 },
      ],
    },
  },
  {
    file: 'hiveos-agent/hello_2xRTX3090_z390_may2022.json',
    formats: 'hiveos-hello',
    driver: '455.45.01',
    rigs: {
      'hive-3': [
        { bus: '01:00.0', name: 'GeForce RTX 3090', mib: 24267 },
        { bus: '02:00.0', name: 'GeForce RTX 3090', mib: 24268 },
      ],
    },
  },
  { file: 'hiveos-agent/hello_virtualbox_nogpu_may2022.json', formats: 'hiveos-hello', rigs: { 'hive-6': [] } },
  {
    file: 'hiveos-agent/nvidia-oc-apply_log_2nvidia.txt',
    formats: 'hiveos-oc-log',
    rigs: {
      'oc-apply_log_2nvidia': [
        { bus: '02:00.0', name: 'GeForce GTX 1660 SUPER', mib: 5944, fan: 100 },
        { bus: '03:00.0', name: 'GeForce RTX 2060', mib: 5934, fan: 80 },
      ],
    },
  },
  {
    file: 'hiveos-agent/stats_2nvidia_2amd_ondaD1800_jun2022.json',
    formats: 'hiveos-stats',
    rigs: {
      'hive-4': [
        { bus: '02:00.0', celsius: 78, fan: 100, watts: 68 },
        { bus: '03:00.0', celsius: 62, memoryCelsius: 82, fan: 80, watts: 83 },
        { bus: '09:00.0', celsius: 68, memoryCelsius: 100, fan: 80, watts: 58 },
        { bus: '0a:00.0', celsius: 67, fan: 80, watts: 87 },
      ],
    },
  },
  {
    file: 'hiveos-agent/stats_2nvidia_2amd_ondaD1800_may2022.json',
    formats: 'hiveos-stats',
    rigs: {
      'hive-4': [
        { bus: '02:00.0', celsius: 67, fan: 100, watts: 69 },
        { bus: '03:00.0', celsius: 55, memoryCelsius: 75, fan: 80, watts: 88 },
        { bus: '09:00.0', celsius: 59, memoryCelsius: 90, fan: 80, watts: 59 },
        { bus: '0a:00.0', celsius: 59, fan: 80, watts: 86 },
      ],
    },
  },
  { file: 'hiveos-agent/stats_virtualbox_nogpu_may2022.json', formats: 'hiveos-stats', rigs: { 'hive-6': [] } },
  {
    file: 'lspci/p106-100_nnk_vfio.txt',
    formats: 'lspci',
    rigs: { 'p106-100_nnk_vfio': [{ bus: '10:00.0', name: 'GP106 [P106-100]' }] },
  },
  {
    file: 'nvidia-smi-capture/linux-x86_64__nvidia-geforce-rtx-2080-super__595.71.05.txt',
    formats: 'nvidia-smi-query nvidia-smi-table nvidia-smi-list nvidia-smi-csv',
    driver: '595.71.05',
    rigs: {
      'linux-x86_64__nvidia-geforce-rtx-2080-super__595.71.05': [
        { bus: '0c:00.0', name: 'NVIDIA GeForce RTX 2080 SUPER', mib: 8192, celsius: 45, fan: 38, link: 'gen3 x16' },
      ],
    },
  },
  {
    file: 'nvidia-smi-capture/linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01.txt',
    formats: 'nvidia-smi-query nvidia-smi-table nvidia-smi-list nvidia-smi-csv',
    driver: '590.48.01',
    rigs: {
      'linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01': [
        { bus: '00:09.0', name: 'NVIDIA H100 80GB HBM3', mib: 81559, celsius: 59, memoryCelsius: 55, link: 'gen5 x16' },
      ],
    },
  },
  {
    file: 'nvidia-smi-capture/linux-x86_64__nvidia-l40s__595.80.txt',
    formats: 'nvidia-smi-query nvidia-smi-table nvidia-smi-list nvidia-smi-csv',
    driver: '595.80',
    rigs: {
      'linux-x86_64__nvidia-l40s__595.80': [
        { bus: '01:00.0', name: 'NVIDIA L40S', mib: 46068, celsius: 54, link: 'gen4 x16' },
      ],
    },
  },
  {
    file: 'nvidia-smi-text/cmp-40hx_610.43.txt',
    formats: 'nvidia-smi-table',
    driver: '610.43.03',
    rigs: {
      'cmp-40hx_610.43': [{ bus: '03:00.0', name: 'NVIDIA CMP 40HX', mib: 8192, celsius: 54, fan: 33, watts: 31 }],
    },
  },
  {
    file: 'nvidia-smi-text/p104-100_530.41.txt',
    formats: 'nvidia-smi-table',
    driver: '530.41.03',
    rigs: {
      'p104-100_530.41': [{ bus: '01:00.0', name: 'NVIDIA P104-100', mib: 8192, celsius: 43, fan: 37, watts: 6 }],
    },
  },
  {
    file: 'nvidia-smi-xml/a100-sxm4-v12.xml',
    formats: 'nvidia-smi-xml',
    driver: '535.54.03',
    rigs: {
      'a100-sxm4-v12': [
        {
          ...{ bus: '01:00.0', name: 'NVIDIA A100-SXM4-80GB', mib: 81920, celsius: 27, memoryCelsius: 44 },
          ...{ watts: 67.03, link: 'gen4 x16', mostLink: 'gen4 x16' },
        },
      ],
    },
  },
  {
    file: 'nvidia-smi-xml/a10g.xml',
    formats: 'nvidia-smi-xml',
    driver: '515.105.01',
    rigs: {
      a10g: [
        {
          ...{ bus: '00:1e.0', name: 'NVIDIA A10G', mib: 23028, celsius: 17, fan: 0, watts: 25.58 },
          ...{ link: 'gen1 x8', mostLink: 'gen4 x16' },
        },
      ],
    },
  },
  {
    file: 'nvidia-smi-xml/gtx-1070-ti.xml',
    formats: 'nvidia-smi-xml',
    rigs: {
      'gtx-1070-ti': [
        { bus: '01:00.0', name: 'GeForce GTX 1070 Ti', mib: 4096, celsius: 39, fan: 100, link: 'gen1 x16' },
      ],
    },
  },
  {
    file: 'nvidia-smi-xml/gtx-1660-ti.xml',
    formats: 'nvidia-smi-xml',
    driver: '418.43',
    rigs: {
      'gtx-1660-ti': [
        {
          ...{ bus: '43:00.0', name: 'Graphics Device', mib: 5912, celsius: 40, fan: 0, watts: 8.93 },
          ...{ link: 'gen1 x16', mostLink: 'gen3 x16' },
        },
      ],
    },
  },
  {
    file: 'nvidia-smi-xml/quadro-p2000-v12.xml',
    formats: 'nvidia-smi-xml',
    driver: '525.125.06',
    rigs: {
      'quadro-p2000-v12': [
        {
          ...{ bus: '17:00.0', name: 'Quadro P2000', mib: 5120, celsius: 34, fan: 46, watts: 4.61 },
          ...{ link: 'gen1 x8', mostLink: 'gen3 x16' },
        },
      ],
    },
  },
  {
    file: 'nvidia-smi-xml/quadro-p400.xml',
    formats: 'nvidia-smi-xml',
    driver: '418.43',
    rigs: {
      'quadro-p400': [{ bus: '43:00.0', name: 'Quadro P400', mib: 1998, celsius: 33, fan: 34, link: 'gen1 x16' }],
    },
  },
  {
    file: 'nvidia-smi-xml/rtx-3090-v12.xml',
    formats: 'nvidia-smi-xml',
    driver: '525.147.05',
    rigs: {
      'rtx-3090-v12': [
        {
          ...{ bus: '00:10.0', name: 'NVIDIA GeForce RTX 3090', mib: 24576, celsius: 37, fan: 0, watts: 27.23 },
          ...{ link: 'gen1 x16', mostLink: 'gen4 x16' },
        },
      ],
    },
  },
  {
    file: 'rig-logs/gtx1080_2x_baseline.md',
    formats: 'nvidia-smi-csv report-table',
    driver: '570.158.01',
    rigs: {
      gtx1080_2x_baseline: [
        { ...gtx1080Ti, link: 'gen3 x8' },
        { ...gtx1080Ti, link: 'gen3 x8' },
      ],
    },
  },
  {
    file: 'rig-logs/gtx1080ti_4x_report.md',
    formats: 'nvidia-smi-csv report-table',
    driver: '580.159.03',
    rigs: {
      gtx1080ti_4x: ['gen3 x16', 'gen2 x1', 'gen2 x1', 'gen2 x1', 'gen1 x1', 'gen1 x1'].map((link) => ({
        ...gtx1080Ti,
        link,
      })),
    },
  },
  {
    file: 'rig-logs/rtx3090_4x_report.md',
    formats: 'nvidia-smi-csv report-table',
    driver: '580.126.09',
    rigs: {
      rtx3090_4x: ['gen4 x8', 'gen4 x8', 'gen4 x16', 'gen4 x16'].map((link) => ({ ...rtx3090, link })),
    },
  },
  {
    file: 'rig-logs/rtx5060ti_8x_report.md',
    formats: 'nvidia-smi-csv report-table',
    driver: '580.159.03',
    rigs: { rtx5060ti_8x: Array.from({ length: 8 }, () => ({ ...rtx5060Ti, link: 'gen4 x8' })) },
  },
  {
    file: 'rocm-smi-json/mi100_rocm571.json',
    formats: 'rocm-smi-json',
    rigs: {
      mi100_rocm571: [
        { ...mi100, bus: '1e:00.0', celsius: 31, memoryCelsius: 30, watts: 39 },
        { ...mi100, bus: '22:00.0', celsius: 30, memoryCelsius: 38, watts: 37 },
        { ...mi100, bus: '3f:00.0', celsius: 31, memoryCelsius: 31, watts: 35 },
        { ...mi100, bus: '43:00.0', celsius: 33, watts: 39 },
        { ...mi100, bus: '46:00.0', celsius: 32, watts: 39 },
        { ...mi100, bus: '49:00.0', celsius: 33, watts: 40 },
      ],
    },
  },
  { file: 'rocm-smi-json/rx6700xt_rocm430.json', formats: 'rocm-smi-json', rigs: { rx6700xt_rocm430: [rx6700Xt] } },
  {
    file: 'rocm-smi-json/rx6700xt_rocm571.json',
    formats: 'rocm-smi-json',
    rigs: { rx6700xt_rocm571: [{ ...rx6700Xt, name: navi22 }] },
  },
  {
    file: 'rocm-smi-json/rx6700xt_rocm612.json',
    formats: 'rocm-smi-json',
    rigs: { rx6700xt_rocm612: [{ ...rx6700Xt, name: navi22 }] },
  },
  {
    file: 'rocm-smi-json/vega-20-WKS-GL-XE.json',
    formats: 'rocm-smi-json',
    rigs: {
      'vega-20-wks-gl-xe': [
        {
          ...{ bus: '63:00.0', name: 'Radeon Instinct MI50 32GB', bytes: 34342961152, celsius: 36, memoryCelsius: 35 },
          ...{ fan: 0, watts: 26, link: 'gen4 x16' },
        },
      ],
    },
  },
];

function read(file: string): InventoryRead {
  return readInventory([{ name: file, text: readFileSync(join(FOLDER, file), 'utf8') }]);
}

/** What was read of each card, no more than the table tells of it. */
function cardsAsTold({ farm }: InventoryRead, rigs: Row['rigs']): Row['rigs'] {
  return Object.fromEntries(
    farm.rigs.map(({ rigId, cards }) => [
      rigId,
      cards.map((card, index) => {
        const { reading, pcieLink: link, pcieLinkMost: most, vramBytes = 0 } = card;
        const all: Card = {
          ...{ bus: card.busId, name: card.name, mib: vramBytes / MIB, bytes: vramBytes },
          ...{ celsius: reading?.temperatureCelsius, memoryCelsius: reading?.memoryTemperatureCelsius },
          ...{ fan: reading?.fanPercent, watts: reading?.powerWatts },
          ...{ link: link && `gen${link.generation} x${link.laneCount}` },
          ...{ mostLink: most && `gen${most.generation} x${most.laneCount}` },
        } as Card;
        const told = rigs[rigId]?.[index] ?? {};
        return Object.fromEntries(Object.entries(all).filter(([key]) => key in told));
      }),
    ]),
  );
}

describe.skipIf(!hasFolder)('real outputs in ../shared/data/rig-outputs (skipped where that folder is missing)', () => {
  it.each(rows)('gives the rigs, cards and readings of $file as read by eye', ({ file, formats, rigs, driver }) => {
    const result = read(file);
    expect(result.faults).toEqual([]);
    expect(result.files[0]?.formats.map(({ name }) => name).toSorted()).toEqual(formats.split(' ').toSorted());
    expect(cardsAsTold(result, rigs)).toEqual(rigs);
    if (driver !== undefined) expect(result.farm.rigs[0]?.host.nvidiaDriverVersion).toBe(driver);
    expect(result.files[0]?.cardCount).toBe(Object.values(rigs).flat().length);
  });

  it('has a row for every file of the folders that it covers', () => {
    const folders = [...new Set(rows.map(({ file }) => file.slice(0, file.indexOf('/'))))];
    const files = folders.flatMap((folder) => readdirSync(join(FOLDER, folder)).map((name) => `${folder}/${name}`));
    expect(files.toSorted()).toEqual(rows.map(({ file }) => file).toSorted());
  });

  it('says of pages about a format that they list no card', () => {
    const names = readdirSync(join(FOLDER, 'hiveos-api-schema')).map((name) => `hiveos-api-schema/${name}`);
    const { farm, faults } = readInventory(
      names.map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') })),
    );
    expect(farm.rigs).toEqual([]);
    expect(new Set(faults.map(({ what }) => what.slice(0, what.indexOf(' '))))).toEqual(new Set(names));
  });

  it('shows that the A100’s driver counts four cards where one is listed', () => {
    const [rig] = read('nvidia-smi-xml/a100-sxm4-v12.xml').farm.rigs;
    expect(rig?.contradictions).toMatchObject([{ subject: 'cards', others: [{ text: '4 attached' }] }]);
  });

  it('takes the table’s and the list’s card for one where the table cuts its name', () => {
    const [rig] = read(rows.find(({ file }) => file.includes('2080'))?.file ?? '').farm.rigs;
    expect([rig?.cards.length, rig?.contradictions]).toEqual([1, []]);
  });
});
