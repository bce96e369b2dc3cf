import { amdSmi } from './amd-smi.ts';
import type { JsonFormat, TextFormat } from './format.ts';
import { kernelLog } from './kernel-log.ts';
import { llamaLog } from './llama-log.ts';
import { lspci } from './lspci.ts';
import { nvidiaSmiCsv } from './nvidia-smi-csv.ts';
import { nvidiaSmiList } from './nvidia-smi-list.ts';
import { nvidiaSmiQuery } from './nvidia-smi-query.ts';
import { nvidiaSmiTable } from './nvidia-smi-table.ts';
import { nvidiaSmiXml } from './nvidia-smi-xml.ts';
import { reportTable } from './report-table.ts';
import { rocmSmi } from './rocm-smi.ts';
import { rocmSmiText } from './rocm-smi-text.ts';

/** The formats of drivers' tools and of the bus, which know cards best. */
export const driverJsonFormats: readonly JsonFormat[] = [rocmSmi, amdSmi];
export const driverTextFormats: readonly TextFormat[] = [
  nvidiaSmiXml,
  nvidiaSmiQuery,
  nvidiaSmiTable,
  nvidiaSmiList,
  nvidiaSmiCsv,
  rocmSmiText,
  lspci,
  reportTable,
  llamaLog,
  kernelLog,
];
