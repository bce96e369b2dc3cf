import { resolve } from 'node:path';
import { matchCard, type RouteName } from '@rerig/domain/cards';
import { type Reading, readBytes, readDuration, readNumber, readRate, readSwitch } from '../measures.ts';
import type { JobWish, WishedMount } from './job-wish.ts';

/**
 * A thing that a user may ask for: `--key` on the command line, `key:` in a job file. `text` takes one value, `list` one or
 * more, `map` `NAME=VALUE` or a mapping, `switch` true or false.
 */
export interface JobField {
  readonly key: string;
  readonly shape: 'text' | 'list' | 'map' | 'switch';
  /** For the help: `<size>`. */
  readonly value: string;
  readonly help: string;
  /** Reads its values; paths are taken from `folder` on. */
  readonly read: (texts: readonly string[], folder: string) => Reading<JobWish>;
}

const YEAR_MS = 366 * 86_400_000;
const TEN_MINUTES_MS = 600_000;
const BYTES_MAX = 1e18;

/** By what a user calls a stack. */
const ROUTES: Readonly<Record<string, readonly RouteName[]>> = {
  cuda: ['cuda-13', 'cuda-12'],
  'cuda-13': ['cuda-13'],
  'cuda-12': ['cuda-12'],
  rocm: ['rocm'],
  vulkan: ['vulkan'],
  cpu: ['cpu'],
};
const GRADES = ['A', 'B', 'C', 'D', 'E'] as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;
const VARIABLE = /^([^=\0]+)=([^\0]*)$/s;

/** Every key but `command` and `script`, in the order of the help. */
export const jobFields: readonly JobField[] = [
  listed('vram', 'text', '<size>', 'each card has at least this much VRAM: 8GB', ([text = '']) =>
    within(readBytes(text), 0, BYTES_MAX, (vramBytesMin) => ({ vramBytesMin })),
  ),
  listed('route', 'list', '<route>', 'one of these drives it: cuda, rocm, vulkan, cpu', readRoutes),
  listed('cards', 'text', '<n>', 'so many cards, for each rank; 0: none (default: 1)', ([text = '']) =>
    mapped(readNumber(text, 0, 64), (cardCount) => ({ cardCount })),
  ),
  listed('card-model', 'list', '<name>', 'one of these models: "RTX 3060"', readCardModels),
  listed('grade', 'text', '<grade>', 'graded A to E, at least as good as this', readGrade),
  listed('link', 'text', '<rate>', 'its PCIe link moves at least this: 1GB/s', ([text = '']) =>
    mapped(readRate(text), (linkBytesPerSecondMin) => ({ linkBytesPerSecondMin })),
  ),
  listed('card', 'list', '<id>', 'exactly these cards, by id', (cardIds) => ({ value: { cardIds } })),
  listed('rig', 'list', '<id>', 'only on these rigs', (rigIds) => ({ value: { rigIds } })),
  listed('image', 'text', '<image>', 'in a container of this image, shut in', ([image = '']) =>
    image.trim() === '' ? { wrong: 'An image has a name.' } : { value: { image: image.trim() } },
  ),
  listed('network', 'text', '<kind>', 'of a container: internet, none (default: internet)', readNetwork),
  listed('mount', 'list', '<from:to>', 'a folder that a container sees; :ro after it: to read', readMounts),
  listed('env', 'map', '<name=value>', 'a variable of its environment; NAME alone: as it is here', readVariables),
  listed('env-file', 'list', '<file>', 'variables from a file, NAME=VALUE a line', (files, folder) => ({
    value: { environmentFiles: files.map((file) => resolve(folder, file)) },
  })),
  listed('ranks', 'text', '<n>', 'a gang of n, all or none; each has cards as above', ([text = '']) =>
    mapped(readNumber(text, 1, 1024), (rankCount) => ({ rankCount })),
  ),
  listed('time-limit', 'text', '<time>', 'end it after this long: 2h', ([text = '']) =>
    within(readDuration(text), 1000, YEAR_MS, (timeLimitMs) => ({ timeLimitMs })),
  ),
  listed('interruptible', 'switch', '', 'it gives way to paid work, and goes on after it', ([text = '']) =>
    mapped(readSwitch(text), (isInterruptible) => ({ isInterruptible })),
  ),
  listed('notice', 'text', '<time>', 'word this long before it has to give way: 2m', ([text = '']) =>
    within(readDuration(text), 0, TEN_MINUTES_MS, (noticeMs) => ({ noticeMs })),
  ),
  listed('restarts', 'text', '<n>', 'start it again so often after an error', ([text = '']) =>
    mapped(readNumber(text, 0, 100), (restartCountMax) => ({ restartCountMax })),
  ),
  listed('output', 'text', '<folder>', 'what it makes; each run has a folder in it', ([text = ''], folder) => ({
    value: { outputFolder: resolve(folder, text) },
  })),
  listed('queue', 'switch', '', 'wait for cards that others hold (default)', ([text = '']) =>
    mapped(readSwitch(text), (isQueued) => ({ isQueued })),
  ),
  listed('memory', 'text', '<size>', 'end it where it takes more RAM than this', ([text = '']) =>
    within(readBytes(text), 16 * 1024 ** 2, BYTES_MAX, (memoryBytes) => ({ memoryBytes })),
  ),
  listed('cores', 'text', '<n>', 'so much of the processor: 0.5, 2', ([text = '']) =>
    mapped(readNumber(text, 0.1, 4096, false), (coreCount) => ({ coreCount })),
  ),
  listed('processes', 'text', '<n>', 'so many processes and threads at most', ([text = '']) =>
    mapped(readNumber(text, 8, 10_000_000), (processCountMax) => ({ processCountMax })),
  ),
  listed('disk', 'text', '<size>', 'write so much beside its folders at most', ([text = '']) =>
    within(readBytes(text), 1024 ** 2, BYTES_MAX, (diskBytes) => ({ diskBytes })),
  ),
  listed('name', 'text', '<name>', 'the beginning of its id (default: the command)', ([name = '']) =>
    NAME.test(name)
      ? { value: { name } }
      : { wrong: `"${name}" is no name: write 1 to 60 letters, digits, ".", "_" and "-".` },
  ),
  listed('folder', 'text', '<folder>', 'run it in this folder (default: this one)', ([text = ''], folder) => ({
    value: { workingFolder: resolve(folder, text) },
  })),
  listed('stop-within', 'text', '<time>', 'kill it so long after it was asked to end (10s)', ([text = '']) =>
    within(readDuration(text), 0, TEN_MINUTES_MS, (stopWithinMs) => ({ stopWithinMs })),
  ),
];

function listed(key: string, shape: JobField['shape'], value: string, help: string, read: JobField['read']): JobField {
  return { key, shape, value, help, read };
}

function mapped<T>(reading: Reading<T>, toWish: (value: T) => JobWish): Reading<JobWish> {
  return 'value' in reading ? { value: toWish(reading.value) } : reading;
}

function within(
  reading: Reading<number>,
  least: number,
  most: number,
  toWish: (value: number) => JobWish,
): Reading<JobWish> {
  if ('wrong' in reading) return reading;
  if (reading.value < least) return { wrong: 'That is too little.' };
  return reading.value > most ? { wrong: 'That is too much.' } : { value: toWish(reading.value) };
}

function readRoutes(texts: readonly string[]): Reading<JobWish> {
  const routes: RouteName[] = [];
  for (const text of texts.flatMap((each) => each.split(','))) {
    const meant = ROUTES[text.trim().toLowerCase()];
    if (meant === undefined) return { wrong: `"${text}" is no route: they are ${Object.keys(ROUTES).join(', ')}.` };
    routes.push(...meant);
  }
  return { value: { routes: [...new Set(routes)] } };
}

/** A name that fits several models means any of them. */
function readCardModels(texts: readonly string[]): Reading<JobWish> {
  const cardModelIds: string[] = [];
  for (const text of texts) {
    const match = matchCard({ name: text });
    if (match.kind === 'unknown') {
      return { wrong: `No card of the catalogue is called "${text}": write it as "rerig predict" knows it.` };
    }
    const models = match.kind === 'matched' ? [match.model] : match.models;
    cardModelIds.push(...models.map(({ modelId }) => modelId));
  }
  return { value: { cardModelIds: [...new Set(cardModelIds)] } };
}

function readGrade([text = '']: readonly string[]): Reading<JobWish> {
  const gradeMin = GRADES.find((grade) => grade === text.trim().toUpperCase());
  return gradeMin === undefined ? { wrong: `"${text}" is no grade: they are A to E.` } : { value: { gradeMin } };
}

function readNetwork([text = '']: readonly string[]): Reading<JobWish> {
  if (text === 'none' || text === 'internet') return { value: { network: text } };
  return { wrong: `"${text}" is no network: it is internet (never the farm's own) or none.` };
}

function readMounts(texts: readonly string[], folder: string): Reading<JobWish> {
  const mounts: WishedMount[] = [];
  for (const text of texts) {
    const [from = '', to = '', mode, ...more] = text.split(':');
    const isWhole = from !== '' && to.startsWith('/') && more.length === 0 && [undefined, 'ro', 'rw'].includes(mode);
    if (!isWhole) return { wrong: `"${text}" is no mount: write FOLDER:/PLACE, or FOLDER:/PLACE:ro.` };
    mounts.push({ hostPath: resolve(folder, from), containerPath: to, isReadOnly: mode === 'ro' });
  }
  return { value: { mounts } };
}

function readVariables(texts: readonly string[]): Reading<JobWish> {
  const environment: Record<string, string> = {};
  for (const text of texts) {
    const [, name, value = ''] = VARIABLE.exec(text) ?? [];
    const here = process.env[text];
    if (name !== undefined) environment[name] = value;
    else if (here !== undefined) environment[text] = here;
    else return { wrong: `"${text}" is no variable: write NAME=VALUE, or the NAME of one that is set here.` };
  }
  return { value: { environment } };
}
