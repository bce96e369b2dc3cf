import type { JsonFormat, TextFormat } from './format.ts';
import { nvidiaSmiCsv } from './nvidia-smi-csv.ts';
import { nvidiaSmiList } from './nvidia-smi-list.ts';
import { nvidiaSmiQuery } from './nvidia-smi-query.ts';
import { nvidiaSmiTable } from './nvidia-smi-table.ts';
import { nvidiaSmiXml } from './nvidia-smi-xml.ts';

/** The formats of drivers' tools and of the bus, which know cards best. */
export const driverJsonFormats: readonly JsonFormat[] = [];
export const driverTextFormats: readonly TextFormat[] = [
  nvidiaSmiXml,
  nvidiaSmiQuery,
  nvidiaSmiTable,
  nvidiaSmiList,
  nvidiaSmiCsv,
];
