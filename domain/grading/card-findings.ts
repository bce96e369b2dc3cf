import type { CardModel, PcieLink } from '../cards.ts';
import type { Reading } from '../inventory.ts';
import { formatBytes, GIB, MIB } from '../quantity.ts';
import type { AssessedCard } from './assessed.ts';
import type { Finding } from './finding.ts';
import { largestFit } from './fit.ts';

/** Memory above this is near where GDDR6X slows itself down (110 °C) and ages fast; a threshold of ours. */
const HOT_MEMORY_CELSIUS = 95;

/** A chip this warm with a fan that stands has lost its cooling; cards stop fans on purpose only below about 60 °C. */
const FAN_NEEDED_CELSIUS = 65;

/** Less than this left over: another program, or a longer prompt than reckoned with, ends the model server. */
const TIGHT_BYTES = 256 * MIB;

/** What is wrong with, or limits, one card. */
export function cardFindings(assessed: Omit<AssessedCard, 'findings'>): readonly Finding[] {
  const { card, match } = assessed;
  const model = match?.kind === 'matched' ? match.model : undefined;
  return [
    ...identityFindings(assessed),
    ...(model === undefined ? [] : modelFindings(model, assessed)),
    ...fitFindings(assessed),
    ...(card.pcieLink === undefined ? [] : linkFindings(card.pcieLink)),
    ...(card.reading === undefined ? [] : readingFindings(card.reading)),
  ];
}

function identityFindings({ match }: Pick<AssessedCard, 'match'>): readonly Finding[] {
  if (match?.kind === 'ambiguous') {
    const names = match.models.map(({ name }) => name).join(', ');
    return [
      {
        code: 'model-ambiguous',
        severity: 'warning',
        what: `It may be any of: ${names}.`,
        why: match.why,
        mend: 'Run "rerig probe" on the rig: it reads PCI id, revision and VRAM from the card.',
      },
    ];
  }
  if (match?.kind !== 'unknown') return [];
  return [
    {
      code: 'model-unknown',
      severity: 'warning',
      what: 'It is not known which card this is, so it has no grade.',
      why: match.why,
      mend: 'Run "rerig probe" on the rig: it reads the PCI id; a card that stays unknown is graded by measuring it.',
    },
  ];
}

function modelFindings(model: CardModel, assessed: Omit<AssessedCard, 'findings'>): readonly Finding[] {
  const { card, match, route } = assessed;
  const findings: Finding[] = [];
  const reported = card.vramBytes === undefined ? 'nothing' : formatBytes(card.vramBytes);
  const soldWith = model.vramBytes === undefined ? 'an unknown amount' : formatBytes(model.vramBytes);
  if (match?.kind === 'matched' && match.vram === 'smaller') {
    findings.push({
      code: 'vram-smaller',
      severity: 'warning',
      what: `It reports ${reported} of VRAM, and a ${model.name} has ${soldWith}.`,
      why: 'Memory may have failed and been switched off, or a flashed VBIOS names another card.',
      mend: 'Flash the board maker’s own VBIOS, then test all of its memory, as memtest_vulkan does.',
    });
  }
  if (match?.kind === 'matched' && match.vram === 'larger') {
    findings.push({
      code: 'vram-larger',
      severity: 'info',
      what: `It reports ${reported} of VRAM, and a ${model.name} was sold with ${soldWith}.`,
      why: 'Boards are rebuilt with larger memory chips, and a flashed VBIOS can claim memory that is not there.',
      mend: 'Test all of its memory before it serves a customer, as memtest_vulkan does.',
    });
  }
  if (model.vramBasis !== 'sold') findings.push(unlocked(model));
  if (model.throttleNote !== undefined) findings.push(throttled(model, model.throttleNote));
  if (route?.supportedUntil !== undefined) findings.push(routeEnding(route.name, route.supportedUntil, route.note));
  return findings;
}

function unlocked(model: CardModel): Finding {
  return {
    code: 'vram-unlocked',
    severity: 'info',
    what: `${model.name} is not how it was sold: its VRAM was enabled by a ${model.vramBasis === 'vbios-flash' ? 'VBIOS flash' : 'firmware unlock'}.`,
    why: model.note ?? 'The maker sold it with less.',
    mend: 'Test all of its memory before it serves a customer, as memtest_vulkan does.',
  };
}

function throttled(model: CardModel, throttleNote: string): Finding {
  return {
    code: 'cmp-throttle',
    severity: 'warning',
    what: `The maker slows a ${model.family} down for anything but mining.`,
    why: `${throttleNote} Unlocked cards print the same name.`,
    mend: 'Grade it by measurement: run llama-bench on this very card before you offer it.',
  };
}

function routeEnding(routeName: string, until: string, note: string): Finding {
  return {
    code: 'route-ending',
    severity: 'info',
    what: `Its route ${routeName} is supported until about ${until}.`,
    why: note,
    mend: 'Keep the rig on this driver branch, and plan the card’s end by that date.',
  };
}

function fitFindings({ fits, vram }: Omit<AssessedCard, 'findings'>): readonly Finding[] {
  const largest = largestFit(fits);
  const [smallest] = fits;
  if (largest === null && smallest !== undefined && vram !== undefined) {
    return [
      {
        code: 'nothing-fits',
        severity: 'warning',
        what: `Not even ${smallest.workload.name} fits in ${formatBytes(vram.usableBytes)}.`,
        why: `With 4,096 tokens of context it needs ${formatBytes(smallest.needs.totalBytes)}.`,
        mend: 'Let it mine or sell it: what does not fit is not run from the rig’s own memory.',
      },
    ];
  }
  if (largest === null || largest.leftBytes >= TIGHT_BYTES) return [];
  return [
    {
      code: 'fit-tight',
      severity: 'info',
      what: `${largest.workload.name} leaves only ${formatBytes(largest.leftBytes)} of VRAM.`,
      why: `It needs ${formatBytes(largest.needs.totalBytes)} with 4,096 tokens of context, by a formula.`,
      mend: 'Try it before you offer it, keep the card free of a desktop, or serve a smaller context.',
    },
  ];
}

/** What one lane moves at most, by generation, after its line code (PCI Express Base: 2.5, 5, 8, 16, 32 GT/s). */
const laneBytesPerSecond: readonly number[] = [0, 0.25e9, 0.5e9, 0.985e9, 1.969e9, 3.938e9];

function linkFindings({ generation, laneCount }: PcieLink): readonly Finding[] {
  if (laneCount !== 1) return [];
  const bytesPerSecond = laneBytesPerSecond[generation] ?? 0.25e9;
  const loadSeconds = Math.ceil((5 * GIB) / bytesPerSecond);
  return [
    {
      code: 'link-narrow',
      severity: 'warning',
      what: `It hangs on a riser: PCIe ${generation}.0 x1.`,
      why: `Loading 5 GiB takes ${loadSeconds} s at best; a model inside VRAM then barely feels it, one split over cards by tensors is unusable.`,
      mend: 'Serve one model a card and keep it loaded, or move the card to a wider slot.',
    },
  ];
}

function readingFindings(reading: Reading): readonly Finding[] {
  const { memoryTemperatureCelsius, temperatureCelsius, fanPercent } = reading;
  const findings: Finding[] = [];
  if (memoryTemperatureCelsius !== undefined && memoryTemperatureCelsius > HOT_MEMORY_CELSIUS) {
    findings.push({
      code: 'memory-hot',
      severity: 'warning',
      what: `Its memory is at ${memoryTemperatureCelsius} °C.`,
      why: `Above ${HOT_MEMORY_CELSIUS} °C memory slows itself down, ages and makes errors; old thermal pads are the usual cause.`,
      mend: 'Renew the thermal pads, raise the fan, or lower the memory clock.',
    });
  }
  if (fanPercent === 0 && temperatureCelsius !== undefined && temperatureCelsius >= FAN_NEEDED_CELSIUS) {
    findings.push({
      code: 'fan-stopped',
      severity: 'blocking',
      what: `Its fan stands (0 %) at ${temperatureCelsius} °C.`,
      why: 'A card stops its fan on purpose only when cool; fans are the first part to fail on farm cards.',
      mend: 'Stop the card’s work now, then replace the fan or free its cable.',
    });
  }
  return findings;
}
