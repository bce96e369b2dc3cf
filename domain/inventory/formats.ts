import { driverJsonFormats, driverTextFormats } from './driver-formats.ts';
import type { JsonFormat, TextFormat } from './format.ts';
import { hiveApi } from './hive-api.ts';
import { hiveDetect, hiveGpuStats } from './hive-detect.ts';
import { hiveHello } from './hive-hello.ts';
import { hiveOcLog } from './hive-oc-log.ts';
import { hiveStats } from './hive-stats.ts';
import { linuxProc } from './linux-proc.ts';
import { llamaBenchJson } from './llama-bench-json.ts';
import { llamaBenchText } from './llama-bench-text.ts';
import { lsblk } from './lsblk.ts';
import { bminer } from './miners/bminer.ts';
import { claymore } from './miners/claymore.ts';
import { ewbf } from './miners/ewbf.ts';
import { excavator } from './miners/excavator.ts';
import { gminer } from './miners/gminer.ts';
import { ccminer, sgminerText } from './miners/key-value-answers.ts';
import { lolMiner } from './miners/lolminer.ts';
import { nanominer } from './miners/nanominer.ts';
import { nbminer } from './miners/nbminer.ts';
import { sgminer } from './miners/sgminer.ts';
import { srbminer } from './miners/srbminer.ts';
import { teamRedMiner } from './miners/teamredminer.ts';
import { trex } from './miners/trex.ts';
import { xmrig } from './miners/xmrig.ts';
import { openClBenchmark } from './opencl-benchmark.ts';
import { rerigCsv } from './rerig-csv.ts';

/** Every format that is read, each asked in this order; the first that knows a JSON value has it. */
export const jsonFormats: readonly JsonFormat[] = [
  hiveHello,
  hiveStats,
  hiveApi,
  hiveDetect,
  hiveGpuStats,
  ...driverJsonFormats,
  trex,
  lolMiner,
  teamRedMiner,
  gminer,
  nbminer,
  claymore,
  srbminer,
  bminer,
  excavator,
  nanominer,
  ewbf,
  xmrig,
  sgminer,
  llamaBenchJson,
  lsblk,
];

/** Every format of plain text: all of them are asked of a text, which may hold sections of several. */
export const textFormats: readonly TextFormat[] = [
  ...driverTextFormats,
  hiveOcLog,
  sgminerText,
  ccminer,
  openClBenchmark,
  llamaBenchText,
  rerigCsv,
  linuxProc,
];
