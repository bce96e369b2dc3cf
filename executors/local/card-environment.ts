import type { ObservedCard } from '@rerig/domain/inventory';
import { FOLDER_VARIABLES } from './job-folders.ts';

/** Every variable by which a card is shown to a process, or hidden from it. A caller can set none of them. */
const CARD_VARIABLES = [
  'CUDA_DEVICE_ORDER',
  'CUDA_VISIBLE_DEVICES',
  'GGML_VK_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'ROCR_VISIBLE_DEVICES',
] as const;

/** What every workload gets of our own environment. The rest stays here: it may hold keys and passwords. */
const PASSED_ON = [
  ...FOLDER_VARIABLES,
  'HOME',
  'LANG',
  'LC_ALL',
  'LD_LIBRARY_PATH',
  'LOGNAME',
  'PATH',
  'TZ',
  'USER',
  'VK_DRIVER_FILES',
  'VK_ICD_FILENAMES',
  'XDG_RUNTIME_DIR',
] as const;

/**
 * The variables that show a process its cards and no others, by identities that stay when a riser comes loose and the
 * order changes: a card without one is hidden from CUDA and ROCm. llama.cpp's Vulkan knows cards by their order alone,
 * so nothing is set for it, and the command names the card by its PCI address; on a `cpu` card it sees none.
 */
export function cardEnvironment(cards: readonly ObservedCard[]): Readonly<Record<string, string>> {
  const idsOf = (vendor: ObservedCard['vendor']) =>
    cards.flatMap((card) => (card.vendor === vendor && card.uuid !== undefined ? [card.uuid] : [])).join(',');
  const visible = {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: idsOf('nvidia'),
    ROCR_VISIBLE_DEVICES: idsOf('amd'),
  };
  const isProcessorOnly = cards.every(({ kind }) => kind === 'cpu');
  return isProcessorOnly ? { ...visible, GGML_VK_VISIBLE_DEVICES: '', HIP_VISIBLE_DEVICES: '' } : visible;
}

/** The whole environment of a workload's process: a little of ours, what was asked for, and its cards. */
export function workloadEnvironment(
  ours: NodeJS.ProcessEnv,
  asked: Readonly<Record<string, string>>,
  cards: readonly ObservedCard[],
): Readonly<Record<string, string>> {
  const passedOn = PASSED_ON.flatMap((name) => (ours[name] === undefined ? [] : [[name, ours[name]] as const]));
  const allowed = Object.entries(asked).filter(([name]) => !CARD_VARIABLES.some((each) => each === name));
  return { ...Object.fromEntries([...passedOn, ...allowed]), ...cardEnvironment(cards) };
}
