import { type CardView, type FarmView, farmViewSchema } from '@rerig/api/exchange';
import { GIB, MIB } from '@rerig/domain/quantity';

type FindingView = CardView['findings'][number];

const RISER: FindingView = {
  code: 'pcie-link-x1',
  severity: 'info',
  what: 'The card is on a riser with one PCIe lane (2.5 GT/s).',
  why: 'A model that fits in VRAM runs at full speed, but takes 4 minutes longer to load, and the card can not share a model with another.',
  mend: 'Nothing is needed for one model a card. For layer split, move the card to the x16 slot.',
};
const THROTTLED: FindingView = {
  code: 'cmp-throttle-unmeasured',
  severity: 'warning',
  what: 'CMP 40HX: the maker throttles FMA on this card, how much was not measured.',
  why: 'Cards of this model ran 13 to 52 times slower in FMA, unless their firmware was changed. Its name says nothing about that.',
  mend: 'Run npx rerig burn-in on this rig: the grade is then measured on this card.',
};
const AMBIGUOUS: FindingView = {
  code: 'model-ambiguous',
  severity: 'info',
  what: 'PCI id 1002:67df is an RX 470, 480, 570 or 580.',
  why: 'The VRAM of 4 GiB leaves RX 470 and RX 570, which the id does not tell apart. Both have the same grade.',
  mend: 'Nothing is needed. To tell them apart, give the inventory with the subsystem ids (lspci -nnv).',
};
const HOT: FindingView = {
  code: 'memory-hot',
  severity: 'warning',
  what: 'The card is at 84 °C with its fan at 100 %.',
  why: 'It slows down from 83 °C on, and memory errors become more likely.',
  mend: 'Clean the fan and renew the thermal pads (about 15 USD), or lower its power limit to 120 W.',
};
const NO_DRIVER: FindingView = {
  code: 'driver-missing',
  severity: 'blocking',
  what: 'No driver answers for this card.',
  why: 'Without a driver neither CUDA nor Vulkan sees it, so nothing can run on it.',
  mend: 'Install NVIDIA driver 580, the last that knows Pascal, and start the agent again.',
};
const SMALL_RAM: FindingView = {
  code: 'host-ram-small',
  severity: 'warning',
  what: 'The rig has 4 GiB of RAM.',
  why: 'Loading a model needs about 1.2 GiB beside the system, so that cards load one after another.',
  mend: 'Add 4 GiB (about 12 USD): all cards then load at once.',
};
const NO_AVX: FindingView = {
  code: 'cpu-no-avx',
  severity: 'warning',
  what: 'The CPU (Celeron G3930) has no AVX.',
  why: 'Layers that do not fit on a card can not run on this CPU, and some containers do not start.',
  mend: 'Nothing is needed where models fit in VRAM. A Core i3-7100 (about 25 USD) fits the same socket.',
};

type CardChange = Partial<CardView> & Pick<CardView, 'cardId'>;

function card(base: Partial<CardView>, change: CardChange): CardView {
  return {
    kind: 'gpu',
    name: '',
    modelNames: [],
    grade: null,
    evidence: null,
    route: null,
    largestFit: null,
    findings: [],
    state: 'listed',
    workload: null,
    ...base,
    ...change,
  };
}

const RX_580: Partial<CardView> = {
  name: 'Ellesmere [Radeon RX 470/480/570/580]',
  modelNames: ['RX 580 8 GB'],
  vramBytes: 8 * GIB,
  grade: 'C',
  evidence: 'measured-model',
  route: 'vulkan',
  largestFit: '8B Q4_K_M',
  findings: [RISER],
};
const RX_470: Partial<CardView> = {
  ...RX_580,
  modelNames: ['RX 470', 'RX 570'],
  vramBytes: 4 * GIB,
  grade: 'D',
  evidence: 'predicted',
  largestFit: '3B Q4_K_M',
  findings: [RISER, AMBIGUOUS],
};
const P104: Partial<CardView> = {
  name: 'NVIDIA P104-100',
  modelNames: ['P104-100'],
  vramBytes: 4 * GIB,
  grade: 'D',
  evidence: 'measured-model',
  route: 'cuda-12',
  largestFit: '3B Q4_K_M',
  findings: [RISER],
};

/** A farm as the exchange would show it: 14 cards in 4 rigs, of all grades, states and degrees of being known. */
export const exampleFarm: FarmView = farmViewSchema.parse({
  farmName: 'Hangar 3',
  isExample: true,
  updatedAt: '2026-11-24T09:14:05.120Z',
  activity: {
    requestCount: 4182,
    openRequestCount: 2,
    promptTokens: 812_334,
    completionTokens: 422_233,
    chargedMicroUsd: '1234567',
    operatorMicroUsd: '1049382',
    feeMicroUsd: '185185',
  },
  rigs: [
    {
      rigId: 'this-machine',
      name: 'this machine',
      source: 'live',
      cpu: 'AMD EPYC',
      cpuCoreCount: 2,
      ramBytes: 24 * GIB,
      findings: [],
      cards: [
        card(
          {},
          {
            cardId: 'this-machine/cpu',
            kind: 'cpu',
            name: 'AMD EPYC',
            grade: 'E',
            evidence: 'measured-card',
            route: 'cpu',
            largestFit: '1B Q4_K_M',
            state: 'serving',
            workload: 'rerig-5m',
          },
        ),
      ],
    },
    {
      rigId: 'rig-01',
      name: 'rig-01',
      source: 'live',
      cpu: 'Intel Core i5-6500',
      cpuCoreCount: 4,
      ramBytes: 16 * GIB,
      motherboard: 'ASUS B250 Mining Expert',
      findings: [],
      cards: [
        card(
          {
            name: 'NVIDIA GeForce RTX 3090',
            modelNames: ['RTX 3090'],
            vramBytes: 24_267 * MIB,
            route: 'cuda-13',
            largestFit: '32B Q4_K_M',
          },
          {
            cardId: 'rig-01/0',
            busId: '01:00.0',
            grade: 'A',
            evidence: 'measured-card',
            state: 'ready',
            temperatureCelsius: 41,
            powerWatts: 28,
            fanPercent: 30,
          },
        ),
        card(
          {
            name: 'NVIDIA GeForce RTX 3060',
            modelNames: ['RTX 3060 12 GB'],
            vramBytes: 12 * GIB,
            route: 'cuda-13',
            largestFit: '14B Q4_K_M',
          },
          {
            cardId: 'rig-01/1',
            busId: '02:00.0',
            grade: 'B',
            evidence: 'measured-card',
            findings: [RISER],
            state: 'serving',
            workload: 'qwen2.5-14b-instruct-q4_k_m',
            temperatureCelsius: 63,
            powerWatts: 158,
            fanPercent: 55,
          },
        ),
        card(
          {
            name: 'NVIDIA GeForce RTX 3070',
            modelNames: ['RTX 3070'],
            vramBytes: 8 * GIB,
            route: 'cuda-13',
            largestFit: '8B Q4_K_M',
          },
          {
            cardId: 'rig-01/2',
            busId: '03:00.0',
            grade: 'B',
            evidence: 'measured-model',
            findings: [RISER, HOT],
            state: 'starting',
            workload: 'llama-3.1-8b-instruct-q4_k_m',
            temperatureCelsius: 84,
            powerWatts: 131,
            fanPercent: 100,
          },
        ),
        card(
          {
            name: 'NVIDIA CMP 40HX',
            modelNames: ['CMP 40HX'],
            vramBytes: 8 * GIB,
            route: 'cuda-13',
            largestFit: '8B Q4_K_M',
          },
          {
            cardId: 'rig-01/3',
            busId: '05:00.0',
            grade: 'C',
            evidence: 'predicted',
            findings: [RISER, THROTTLED],
            state: 'failed',
            temperatureCelsius: 47,
            powerWatts: 19,
            fanPercent: 35,
          },
        ),
      ],
    },
    {
      rigId: 'rig-02',
      name: 'rig-02',
      source: 'inventory',
      cpu: 'Intel Celeron G3930',
      cpuCoreCount: 2,
      ramBytes: 4 * GIB,
      motherboard: 'BIOSTAR TB250-BTC',
      findings: [SMALL_RAM, NO_AVX],
      cards: [
        card(RX_580, { cardId: 'rig-02/0', busId: '01:00.0', temperatureCelsius: 58, powerWatts: 92, fanPercent: 60 }),
        card(RX_580, { cardId: 'rig-02/1', busId: '03:00.0', temperatureCelsius: 61, powerWatts: 95, fanPercent: 65 }),
        card(RX_470, { cardId: 'rig-02/2', busId: '04:00.0', temperatureCelsius: 55, powerWatts: 81, fanPercent: 50 }),
        card(RX_470, { cardId: 'rig-02/3', busId: '06:00.0' }),
        card({}, { cardId: 'rig-02/4', busId: '07:00.0', name: 'Advanced Micro Devices [AMD/ATI] Device 7340' }),
      ],
    },
    {
      rigId: 'rig-03',
      name: 'rig-03',
      source: 'inventory',
      findings: [],
      cards: [
        card(P104, { cardId: 'rig-03/0', busId: '01:00.0' }),
        card(P104, { cardId: 'rig-03/1', busId: '02:00.0', findings: [RISER, NO_DRIVER], route: null }),
        card(
          { name: 'NVIDIA P106-090', modelNames: ['P106-090'], vramBytes: 3 * GIB, route: 'cuda-12' },
          { cardId: 'rig-03/2', busId: '04:00.0', grade: 'E', evidence: 'measured-model', largestFit: '1B Q4_K_M' },
        ),
        card(P104, { cardId: 'rig-03/3', busId: '05:00.0' }),
      ],
    },
  ],
});

/** The same farm with one card changed. */
export function withCard(farm: FarmView, cardId: string, change: Partial<CardView>): FarmView {
  return {
    ...farm,
    rigs: farm.rigs.map((rig) => ({
      ...rig,
      cards: rig.cards.map((each) => (each.cardId === cardId ? { ...each, ...change } : each)),
    })),
  };
}
