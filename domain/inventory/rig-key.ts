/** What tells a rig of other rigs, and what people call it. */
export interface RigIdentity {
  readonly rigKey: string;
  readonly rigName: string;
}

const LONGEST_KEY_CHARACTERS = 60;

/** A rig by the name that its operator or the machine itself gave it: `Rig 07` → key `rig-07`. */
export function rigOfName(name: string): RigIdentity {
  const rigName = name.replace(/\s+/g, ' ').trim().slice(0, LONGEST_KEY_CHARACTERS);
  const slug = rigName.toLowerCase().replace(/[^\p{L}\p{N}._-]+/gu, '-');
  return { rigKey: slug === '' || slug === '-' ? 'rig' : slug, rigName: rigName === '' ? 'rig' : rigName };
}

/** Endings that say how a file is written, not what it is about. */
const ENDING = /\.(json|jsonl|ndjson|xml|csv|tsv|txt|text|log|out|md|html?|yaml|yml|dump)$/i;

/** Words that tool outputs are saved under: they name the tool, not the rig. */
const TOOL_WORDS: ReadonlySet<string> = new Set(
  (
    'nvidia smi nvidia-smi rocm rocm-smi amd amd-smi amdsmi rocminfo lspci nn nnk nnvmm vmm nnv vnn ' +
    'hello stats hiveos hive worker api query gpu gpus detect list static metric q x xml csv json table text txt log ' +
    'output out dump report capture bench benchmark opencl opencl-benchmark llama llama-bench probe info ' +
    'trex t-rex lolminer teamredminer trm gminer nbminer claymore phoenix phoenixminer ethminer srbminer bminer ' +
    'excavator sgminer xmrig nanominer miner summary getstat1 getstat2 inventory proc cpuinfo meminfo lsblk vv ' +
    'dmesg journal journalctl kernel syslog ccminer'
  ).split(' '),
);

/**
 * A rig that names itself nowhere, by the file's name: without folders, ending, and words of tools at either end, so
 * that `rig07-nvidia-smi.xml` and `rig07.lspci.txt` are both `rig07`. Where nothing is left (`rig07/nvidia-smi.xml`),
 * the folder names it; where there is none, the whole name does.
 */
export function rigOfFile(source: string): RigIdentity {
  const parts = source.split(/[/\\]+/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const stem = (parts.at(-1) ?? '').replace(ENDING, '');
  return rigOfName(withoutToolWords(stem) || parts.at(-2) || stem);
}

function withoutToolWords(stem: string): string {
  const words = stem.replace(/(^|[-_. ])h-stats(?=$|[-_. ])/i, '$1stats').split(/([-_. ]+)/);
  let [from, to] = [0, words.length];
  while (from < to && isToolWord(words[from])) from += 2;
  while (from < to && isToolWord(words[to - 1])) to -= 2;
  return words.slice(from, to).join('');
}

/** Whether a word names a tool or a kind of output; an empty one does too. */
export function isToolWord(word: string | undefined): boolean {
  return word !== undefined && (word === '' || TOOL_WORDS.has(word.toLowerCase()));
}
