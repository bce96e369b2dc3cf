import type { PriceFigure } from '../figure.ts';
import { type FigureRow, figuresOf } from './row.ts';

const AKASH = 'api-evangelist/akash@4301f93c, a crawl of Akash’s GPU prices';
const AKASH_NOTE = 'an ask with a small share of CPU and RAM; thin supply for old cards, so it is no earning';
const VAST = 'skypilot-org/skypilot-catalog@0078d6bc:catalogs/v6/vast/vms.csv';
const COREWEAVE = 'coreweave/kubernetes-cloud@67ae991a (history of its price pages)';

function akash(subject: string, usdPerHour: number, note = AKASH_NOTE): FigureRow {
  return [subject, usdPerHour, 'USD/h', '2026-09-20', 'Akash', 'medium', AKASH, note];
}

function openRelay(subject: string, usdPerHour: number): FigureRow {
  const source = 'OpenRelay’s price list, in the same crawl as Akash’s';
  return [subject, usdPerHour, 'USD/h', '2026-09-20', 'OpenRelay', 'medium', source];
}

/** Crawled in the second half of 2025, the day not known: dated by its first month. */
function vast(subject: string, usdPerHour: number, note = 'what a renter pays for one card on demand'): FigureRow {
  return [subject, usdPerHour, 'USD/h', '2025-07', 'Vast.ai', 'medium', VAST, `${note}; 2025-H2, the day is uncertain`];
}

function coreWeave(subject: string, usdPerHour: number, date: string): FigureRow {
  return [
    subject,
    usdPerHour,
    'USD/h',
    date,
    'CoreWeave',
    'high',
    COREWEAVE,
    'the list price of a former mining company',
  ];
}

/** What renters pay for a card and hour. Marketplaces list few mining-era cards, and none of NVIDIA’s mining models. */
export const rentalFigures: readonly PriceFigure[] = figuresOf('rental', [
  akash('RTX 3060 12GB', 0.14),
  akash('GTX 1070 Ti', 0.08),
  akash('RTX 3090', 0.16),
  akash('RTX 3090 Ti', 0.25),
  akash('RTX 4090', 0.39),
  akash('RTX 4080', 0.15),
  akash('Tesla P40', 0.08),
  akash('Tesla P4', 0.03),
  akash('Tesla T4', 0.15),
  akash('Tesla V100 PCIe 32GB', 0.17, `${AKASH_NOTE}; its link is not said`),
  akash('Tesla V100 SXM2 16GB', 0.36),
  akash('GTX 1050 2GB', 0.05, `${AKASH_NOTE}; its VRAM is not said`),
  akash('GTX 1050 Ti', 0.03),
  akash('Quadro M4000', 0.06),
  akash('Quadro P2000', 0.25),
  akash('Quadro RTX 6000', 0.17),
  akash('Quadro RTX 8000', 0.21),
  akash('RTX 5090', 0.67),
  akash('A100 PCIe 80GB', 1.71, `${AKASH_NOTE}; its link is not said`),
  akash('H100 PCIe 80GB', 2.71, `${AKASH_NOTE}; its link is not said`),
  openRelay('RTX 3090', 0.18),
  openRelay('RTX 4090', 0.29),
  openRelay('A100 PCIe 40GB', 0.8),
  openRelay('H100 PCIe 80GB', 2.6),
  vast('RTX 4090', 0.4),
  vast('RTX 3090', 0.4),
  vast('RTX 3090', 0.19, 'per card in a host of four'),
  vast('RTX 3090', 0.21, 'per card in a host of eight'),
  vast('RTX 3060 12GB', 0.27),
  vast('RTX 3060 12GB', 0.12, 'per card in a host of two'),
  vast('RTX 2080 Ti', 0.13, 'per card in a host of four'),
  vast('RTX A5000', 0.23, 'per card in a host of four'),
  vast('Tesla V100 PCIe 32GB', 0.21),
  vast('RTX 4060 Ti 16GB', 0.17, 'per card in a host of two; its VRAM is not said'),
  vast('A40', 0.67),
  vast('RTX A6000', 0.56),
  vast('RTX 5090', 0.67),
  vast('H100 PCIe 80GB', 2.13, 'its link is not said'),
  [
    'RTX 3090',
    0.76,
    'CNY/h',
    '2026',
    'Chinese index',
    'low',
    'brian8808 gpu-price-index',
    'found by code search, not opened',
  ],
  [
    'RTX 4090',
    1.24,
    'CNY/h',
    '2026',
    'Chinese index',
    'low',
    'brian8808 gpu-price-index',
    'found by code search, not opened',
  ],
  ['H100 SXM5 80GB', 2.69, 'USD/h', '2026-10', 'RunPod', 'low', 'found by code search, not opened'],
  [
    'P102-100 10GB',
    1.5,
    'CNY/h',
    '2019-12-09',
    'DeepBrainChain',
    'medium',
    'AINLP blog (code id 35672672257)',
    'its author says that it hardly covers the electricity',
  ],
  coreWeave('Tesla V100 PCIe 16GB', 0.47, '2021-01-18'),
  coreWeave('Quadro RTX 4000', 0.24, '2021-01-18'),
  coreWeave('Quadro RTX 5000', 0.57, '2021-01-18'),
  coreWeave('Quadro RTX 6000', 0.97, '2021-01-18'),
  coreWeave('Tesla P100 SXM2', 0.55, '2021-01-18'),
  coreWeave('RTX A4000', 0.61, '2023-04'),
  coreWeave('RTX A5000', 0.77, '2023-04'),
  coreWeave('RTX A6000', 1.28, '2023-04'),
  coreWeave('A40', 1.28, '2023-04'),
]);
