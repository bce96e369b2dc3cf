import type { Cpu, Rig } from '../inventory.ts';
import type { Finding } from './finding.ts';

/** So many cards need more than two cores: one thread each for a model server, and the system's own. */
const MANY_CARDS = 4;

/** What a rig's processor and disks limit. */
export function hostFindings({ host, cards }: Rig): readonly Finding[] {
  const cardCount = cards.filter(({ kind }) => kind === 'gpu').length;
  return [
    ...virtualFindings(host.virtualMachine),
    ...(host.cpu === undefined ? [] : [...vectorFindings(host.cpu), ...coreFindings(host.cpu, cardCount)]),
    ...diskFindings(host.disks?.filter(({ attachment }) => attachment === 'usb').map(({ modelName }) => modelName)),
  ];
}

function virtualFindings(product: string | undefined): readonly Finding[] {
  if (product === undefined) return [];
  return [
    {
      code: 'virtual-machine',
      severity: 'info',
      what: `It is a virtual machine (${product}).`,
      why: 'Its cores, memory and disks are what its host lends it, and cards must be passed through.',
      mend: 'Run the agent on the host itself, if the rig’s cards are there.',
    },
  ];
}

function vectorFindings({ modelName, vectorExtension }: Cpu): readonly Finding[] {
  if (vectorExtension === 'unknown') {
    return [
      {
        code: 'cpu-unknown',
        severity: 'info',
        what: `It is not known whether "${modelName}" has AVX.`,
        why: 'No rule knows this processor, and HiveOS’s messages do not carry its flags.',
        mend: 'Run "rerig probe" on the rig, which reads the flags.',
      },
    ];
  }
  if (vectorExtension === 'none') {
    return [
      {
        code: 'cpu-no-avx',
        severity: 'warning',
        what: `${modelName} has no AVX.`,
        why: 'Usual builds of PyTorch and llama.cpp need AVX2 and do not start there; builds for SSE4.2 do.',
        mend: 'Serve with "rerig", which brings an SSE4.2 build; do not offer training or containers on it.',
      },
    ];
  }
  if (vectorExtension !== 'avx') return [];
  return [
    {
      code: 'cpu-no-avx2',
      severity: 'info',
      what: `${modelName} has AVX and no AVX2.`,
      why: 'Usual builds of PyTorch and llama.cpp ask for AVX2 and do not start there.',
      mend: 'Serve with "rerig", which brings a build for AVX.',
    },
  ];
}

function coreFindings({ coreCount }: Cpu, cardCount: number): readonly Finding[] {
  if (coreCount === undefined || coreCount > 2 || cardCount <= MANY_CARDS) return [];
  return [
    {
      code: 'cpu-few-cores',
      severity: 'warning',
      what: `${coreCount === 1 ? 'One core serves' : `${coreCount} cores serve`} ${cardCount} cards.`,
      why: 'Each busy card wants a thread of the processor; with fewer, cards wait for one another.',
      mend: 'Let some cards serve and the others mine, or move cards to a rig with more cores.',
    },
  ];
}

function diskFindings(usbNames: readonly string[] | undefined): readonly Finding[] {
  const [name] = usbNames ?? [];
  if (name === undefined) return [];
  return [
    {
      code: 'disk-usb',
      severity: 'warning',
      what: `It has a disk on USB (${name}).`,
      why: 'A USB stick reads a model of 5 GB in minutes and wears out when models are written to it.',
      mend: 'Fit a SATA SSD of 120 GB or more for models.',
    },
  ];
}
