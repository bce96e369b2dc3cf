import { join } from 'node:path';
import type { ObservedCard } from '@rerig/domain/inventory';
import { known } from './known.ts';
import { namesIn, readNumber, readText } from './machine-files.ts';

/** What amdgpu's files tell of a card. Units: Linux, amdgpu and hwmon in Documentation/gpu and Documentation/hwmon. */
export async function probeAmdCard(path: string): Promise<Omit<ObservedCard, 'cardId' | 'kind'>> {
  const [vramBytes, uniqueId, vbios, name, memoryMaker] = await Promise.all([
    readNumber(join(path, 'mem_info_vram_total')),
    readText(join(path, 'unique_id')),
    readText(join(path, 'vbios_version')),
    readText(join(path, 'product_name')),
    readText(join(path, 'mem_info_vram_vendor')),
  ]);
  const sensors = await sensorsIn(join(path, 'hwmon'));
  return known({
    vendor: 'amd' as const,
    vramBytes,
    // As ROCR_VISIBLE_DEVICES takes it. Cards before Vega 20 have none.
    uuid: /^[0-9a-f]{16}$/i.test(uniqueId ?? '') ? `GPU-${uniqueId}` : undefined,
    vbios: vbios === '' ? undefined : vbios,
    name: name === '' ? undefined : name,
    memoryMaker: memoryMaker === '' || memoryMaker === 'unknown' ? undefined : memoryMaker,
    ...sensors,
  });
}

async function sensorsIn(folder: string): Promise<Pick<ObservedCard, 'powerLimitWatts' | 'reading'>> {
  const [first] = await namesIn(folder);
  if (first === undefined) return {};
  const scaled = async (name: string, divisor: number) => {
    const value = await readNumber(join(folder, first, name));
    return value === undefined || value < 0 ? undefined : value / divisor;
  };
  const fan = await scaled('pwm1', 2.55);
  const reading = known({
    temperatureCelsius: await scaled('temp1_input', 1000),
    memoryTemperatureCelsius: await memoryCelsius(join(folder, first)),
    fanPercent: fan === undefined ? undefined : Math.round(fan),
    powerWatts: (await scaled('power1_average', 1e6)) ?? (await scaled('power1_input', 1e6)),
  });
  const powerLimitWatts = known({
    least: await scaled('power1_cap_min', 1e6),
    shipped: await scaled('power1_cap_default', 1e6),
    most: await scaled('power1_cap_max', 1e6),
  });
  return known({
    powerLimitWatts: Object.keys(powerLimitWatts).length === 0 ? undefined : powerLimitWatts,
    reading: Object.keys(reading).length === 0 ? undefined : reading,
  });
}

async function memoryCelsius(folder: string): Promise<number | undefined> {
  for (const index of [2, 3]) {
    if ((await readText(join(folder, `temp${index}_label`))) !== 'mem') continue;
    const millidegrees = await readNumber(join(folder, `temp${index}_input`));
    return millidegrees === undefined ? undefined : millidegrees / 1000;
  }
  return undefined;
}
