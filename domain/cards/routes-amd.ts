import type { CardModel } from './model.ts';
import type { Route } from './route.ts';

const MESA_SOURCE = 'Mesa, documentation of RADV: all GCN and RDNA; llama.cpp pull request 13324; effects.csv e063';
const LIST_SOURCE = 'AMD, ROCm 7 system requirements for Linux, as generally reported; not re-read for this catalogue';
const THEROCK_SOURCE = 'ROCm/TheRock@6ec20fdc:SUPPORTED_GPUS.md (2026), the builds of ROCm to come';

/** The routes of an AMD card: ROCm where there is any, and Mesa's Vulkan. */
export function amdRoutes(model: CardModel): readonly Route[] {
  const rocm = rocmRouteOf(model);
  const vulkan = model.architecture === 'GCN 1' || model.architecture === 'GCN 2' ? oldMesaRoute : mesaRoute;
  return rocm === undefined ? [vulkan] : [rocm, vulkan];
}

const mesaRoute: Route = {
  name: 'vulkan',
  status: 'supported',
  note: 'Mesa RADV with llama.cpp; Polaris has neither fast FP16 nor integer dot products.',
  source: MESA_SOURCE,
};

const oldMesaRoute: Route = {
  ...mesaRoute,
  note: 'Mesa RADV with llama.cpp, by the kernel driver amdgpu (before Linux 6.19 only with si_support=1 or cik_support=1).',
};

/** Cards that AMD's list for Linux names, of a target whose other cards it does not name. */
const NAMED_OF_GFX1030: ReadonlySet<string> = new Set(['Pro V620', 'Pro W6800']);

function rocmRouteOf({ amdGfxTarget, family }: CardModel): Route | undefined {
  if (amdGfxTarget === 'gfx1030' && NAMED_OF_GFX1030.has(family)) return listed('Pro W6800 and Pro V620');
  return rocmByTarget[amdGfxTarget ?? ''];
}

const rocmByTarget: Readonly<Record<string, Route>> = {
  gfx942: listed('Instinct MI300X and MI325X'),
  gfx90a: listed('Instinct MI210, MI250 and MI250X'),
  gfx908: listed('Instinct MI100'),
  gfx1201: listed('RX 9070 and AI PRO R9700'),
  gfx1200: listed('RX 9060 XT'),
  gfx1100: listed('RX 7900'),
  gfx1101: listed('RX 7700 XT and RX 7800 XT'),
  gfx1102: unofficial('RX 7600 runs with HSA_OVERRIDE_GFX_VERSION=11.0.0 by common practice.'),
  gfx1030: unofficial('It has the target of the Pro W6800, which AMD lists, and runs its kernels as they are.'),
  gfx1031: unofficial('It runs with HSA_OVERRIDE_GFX_VERSION=10.3.0.'),
  gfx1032: unofficial('It runs with HSA_OVERRIDE_GFX_VERSION=10.3.0.'),
  gfx1034: unofficial('It runs with HSA_OVERRIDE_GFX_VERSION=10.3.0.'),
  gfx803: ended('ROCm 4', 'Dropped after ROCm 4.x; community rebuilds exist.', 'effects.csv e058'),
  gfx900: ended('ROCm 4.5', 'Removed; ROCm 7 has no gfx900 kernels.', 'effects.csv e059'),
  gfx906: {
    ...ended(
      'ROCm 6.0',
      'Maintenance ended in Q2 2024.',
      'ROCm 5.6 notes; ROCm 6.0 system requirements; effects.csv e060',
    ),
    supportedUntil: '2024-06',
  },
};

function listed(cards: string): Route {
  return { name: 'rocm', status: 'supported', note: `ROCm lists ${cards}.`, source: LIST_SOURCE };
}

function unofficial(note: string): Route {
  const source = `common practice, ollama documentation; ${THEROCK_SOURCE}; effects.csv e062`;
  return { name: 'rocm', status: 'unofficial', note, source };
}

function ended(toolkitLast: string, note: string, source: string): Route {
  return { name: 'rocm', status: 'ended', toolkitLast, note, source };
}
