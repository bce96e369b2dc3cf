import type { CardModel } from '../cards.ts';
import { type Bytes, formatBytes, MIB } from '../quantity.ts';
import type { CardRule, SeenCard } from './card-finding-rule.ts';
import { type Finding, finding, once, oneOf, shown } from './finding.ts';
import { VRAM_IN_USE_BYTES } from './finding-thresholds.ts';

/** Which card it is, whether its VRAM is what its model has, and whose VBIOS it runs. */
export const identityRules: readonly CardRule[] = [
  unknownModel,
  ambiguousModel,
  mobileChip,
  vramAssumed,
  vramSmaller,
  vramLarger,
  vramUnlocked,
  vramInUse,
  foreignVbios,
];

const TEST_MEMORY = 'Test all of its memory before it serves a customer, as memtest_vulkan does.';
const MOST_NAMES = 6;

function unknownModel({ assessed: { match } }: SeenCard): Finding | undefined {
  return match?.kind === 'unknown' ? unknownBecause(match.why) : undefined;
}

const unknownBecause = once((why: string) =>
  finding('model-unknown', {
    what: 'It is not known which card this is, so it has no grade.',
    why,
    mend: 'Run "rerig probe" on the rig: it reads the PCI id; a card that stays unknown is graded by measuring it.',
    unlocks: 'A grade, and with it a price.',
  }),
);

function ambiguousModel({ assessed: { match } }: SeenCard): Finding | undefined {
  if (match?.kind !== 'ambiguous') return undefined;
  const names = match.models.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = match.models.length - names.length;
  return ambiguousBecause(`${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}\n${match.why}`);
}

const ambiguousBecause = once((namesAndWhy: string) => {
  const [names = '', why = ''] = namesAndWhy.split('\n');
  return finding('model-ambiguous', {
    what: `It may be any of: ${names}.`,
    why,
    mend: 'Run "rerig probe" on the rig: it reads PCI id, revision and VRAM from the card.',
    unlocks: 'A certain grade: now only what all of these can do is promised.',
  });
});

const MOBILE_NAME = /\b(laptop|mobile|max-q)\b/i;

function mobileChip({ card: { name }, model }: SeenCard): Finding | undefined {
  if (model?.isMobile !== true && (name === undefined || !MOBILE_NAME.test(name))) return undefined;
  return mobileNamed(model?.name ?? shown(name ?? ''));
}

const mobileNamed = once((name: string) =>
  finding('chip-mobile', {
    what: `It is a laptop’s chip (${name}).`,
    why: 'Laptop chips run at lower power and clocks than the desktop card of the same name, and boards differ much.',
    mend: 'Measure it before you offer it, and look at its power limit.',
  }),
);

function vramAssumed({ assessed: { vram } }: SeenCard): Finding | undefined {
  return vram?.basis === 'model' ? assumedVram(vram.bytes) : undefined;
}

const assumedVram = once((bytes: Bytes) =>
  finding('vram-assumed', {
    what: `Its VRAM was not reported; ${formatBytes(bytes)} is what the model has.`,
    why: 'Cards with part of their memory switched off, or flashed to show more, print the same name.',
    mend: 'Run "rerig probe" on the rig, or add a tool’s output that lists VRAM.',
  }),
);

function vramSmaller({ card, model, assessed: { match } }: SeenCard): Finding | undefined {
  if (match?.kind !== 'matched' || match.vram !== 'smaller') return undefined;
  const lost = (model?.vramBytes ?? 0) - (card.vramBytes ?? 0);
  return finding('vram-smaller', {
    what: `It reports ${reported(card.vramBytes)} of VRAM, and ${oneOf(match.model.name)} has ${sold(match.model)}.`,
    why: 'Memory may have failed and been switched off, or a flashed VBIOS names another card.',
    mend: 'Flash the board maker’s own VBIOS, then test all of its memory, as memtest_vulkan does.',
    ...(lost <= 0
      ? {}
      : {
          unlocks: `If the memory is there and sound, ${formatBytes(lost)} more VRAM.`,
          gain: { kind: 'vram', bytes: lost } as const,
        }),
  });
}

function vramLarger({ card, assessed: { match } }: SeenCard): Finding | undefined {
  if (match?.kind !== 'matched' || match.vram !== 'larger') return undefined;
  return finding('vram-larger', {
    what: `It reports ${reported(card.vramBytes)} of VRAM, and ${oneOf(match.model.name)} was sold with ${sold(match.model)}.`,
    why: 'Boards are rebuilt with larger memory chips, and a flashed VBIOS can claim memory that is not there.',
    mend: TEST_MEMORY,
  });
}

function reported(bytes: Bytes | undefined): string {
  return bytes === undefined ? 'nothing' : formatBytes(bytes);
}

function sold({ vramBytes }: CardModel): string {
  return vramBytes === undefined ? 'an unknown amount' : formatBytes(vramBytes);
}

function vramUnlocked({ model }: SeenCard): Finding | undefined {
  return model === undefined || model.vramBasis === 'sold' ? undefined : unlockedModel(model);
}

const unlockedModel = once((model: CardModel) =>
  finding('vram-unlocked', {
    what: `${model.name} is not how it was sold: its VRAM was enabled by a ${
      model.vramBasis === 'vbios-flash' ? 'VBIOS flash' : 'firmware unlock'
    }.`,
    why: model.note ?? 'The maker sold it with less.',
    mend: TEST_MEMORY,
  }),
);

/** A miner holds its table, which is no fault: only a card that does not hash is looked at. */
function vramInUse({ card: { reading, vendor }, model }: SeenCard): Finding | undefined {
  const usedBytes = reading?.usedVramBytes;
  if (usedBytes === undefined || usedBytes <= VRAM_IN_USE_BYTES || reading?.algorithm !== undefined) return undefined;
  return usedVram(`${Math.round(usedBytes / (64 * MIB)) * 64 * MIB} ${vendor ?? model?.vendor ?? ''}`);
}

const usedVram = once((bytesAndVendor: string) => {
  const [bytes, vendor] = bytesAndVendor.split(' ');
  const usedBytes = Number(bytes);
  return finding('vram-in-use', {
    what: `About ${formatBytes(usedBytes)} of its VRAM were in use when it was read.`,
    why: 'What fits is reckoned for an empty card; a miner, a desktop or a loaded model takes from it.',
    mend: `Stop what holds it before the card serves: "${vendor === 'amd' ? 'rocm-smi --showpids' : 'nvidia-smi'}" lists it.`,
    unlocks: `${formatBytes(usedBytes)} for models.`,
  });
});

/**
 * NVIDIA numbers a VBIOS by the chip's generation first. Inside a generation the second number is no proof: an RTX 2060
 * is also built on the TU104 (90.04). Source: what drivers print in rig-outputs, and TechPowerUp's VBIOS collection.
 */
const vbiosMajors: Readonly<Record<string, readonly string[]>> = {
  Kepler: ['80'],
  Maxwell: ['82', '84'],
  Pascal: ['86'],
  Volta: ['88'],
  Turing: ['90'],
  Ampere: ['92', '94'],
  'Ada Lovelace': ['95'],
  Hopper: ['96'],
  Blackwell: ['97', '98'],
};

const VBIOS_NUMBER = /^([0-9A-F]{2})\.[0-9A-F]{2}\.[0-9A-F]{2}\./i;
const NO_PART_NUMBER = /^x{3}-x{3}/i;

function foreignVbios({ card: { vbios }, model }: SeenCard): Finding | undefined {
  if (vbios === undefined || model === undefined) return undefined;
  if (model.vendor === 'amd') return NO_PART_NUMBER.test(vbios) ? unnamedVbios(shown(vbios)) : undefined;
  const expected = vbiosMajors[model.architecture];
  const major = VBIOS_NUMBER.exec(vbios)?.[1];
  if (expected === undefined || major === undefined || expected.includes(major)) return undefined;
  return otherVbios(shown(vbios), model, expected);
}

function otherVbios(vbios: string, model: CardModel, expected: readonly string[]): Finding {
  return finding('vbios-foreign', {
    what: `Its VBIOS ${vbios} is not of a ${model.architecture} chip, as ${oneOf(model.name)} has.`,
    why: `Theirs begin with ${expected.join(' or ')}. Old cards are flashed to print the name of a newer one.`,
    mend: 'Read its PCI id with "lspci -nn" and its VRAM, and take it for what the chip is; do not offer it before.',
  });
}

const unnamedVbios = once((vbios: string) =>
  finding('vbios-foreign', {
    severity: 'info',
    what: `Its VBIOS carries no maker’s part number (${vbios}).`,
    why: 'AMD’s own begin with 113-; edited ones, as miners make with other memory timings, often have lost theirs.',
    mend: 'Flash the board maker’s own VBIOS, or test all of its memory.',
  }),
);
