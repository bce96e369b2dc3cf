import { type Fault, isFault } from '../fault.ts';
import type { Farm, Rig } from './farm.ts';
import { type InventoryFault, type InventoryFaultCode, inventoryFault } from './faults.ts';
import { type HiveHello, readHello } from './hive-hello.ts';
import { findHiveMessages, type HiveMessage } from './hive-message.ts';
import { type HiveStats, readStats } from './hive-stats.ts';
import { readJsonValues } from './json-values.ts';
import { mergeRig } from './merge.ts';

/** A file of rig messages: its name, for telling faults, and its text. */
export interface InventoryFile {
  readonly name: string;
  readonly text: string;
}

/** What was read, and what could not be: one bad file never hides the others. */
export interface InventoryRead {
  readonly farm: Farm;
  readonly faults: readonly Fault<InventoryFaultCode>[];
}

/** The longest text that is read, 64 Mi characters: a rig's message has about 2,000. */
export const LARGEST_FILE_CHARACTERS = 64 * 1024 * 1024;

/** So many refusals of one file are told; after the second number its rest is left unread: it is no list of messages. */
const TOLD_FAULTS = 20;
const MOST_FAULTS = 1000;

/**
 * Reads messages of rig tools: HiveOS's agent's "hello" and "stats", one a file, several, or lists of them; told by
 * content, never by the file's name. Messages of one rig are merged by its id and by bus, in any order. Nothing is
 * guessed and nothing throws: what cannot be read becomes a fault with what, why and mend. Passwords and
 * network addresses are not kept.
 */
export function readInventory(files: readonly InventoryFile[]): InventoryRead {
  const faults: InventoryFault[] = [];
  const rigs = new Map<string, { readonly hellos: HiveHello[]; readonly stats: HiveStats[] }>();
  for (const file of files) {
    const read = readFile(file);
    faults.push(...read.faults);
    for (const message of read.messages) {
      const rig = rigs.get(message.hiveRigId) ?? { hellos: [], stats: [] };
      rigs.set(message.hiveRigId, rig);
      if (message.kind === 'hello') rig.hellos.push(message);
      else rig.stats.push(message);
    }
  }
  const merged = [...rigs].map(([hiveRigId, { hellos, stats }]) => mergeRig(hiveRigId, hellos, stats));
  return { farm: { rigs: merged.toSorted(byRigId) }, faults };
}

interface FileRead {
  readonly messages: readonly (HiveHello | HiveStats)[];
  readonly faults: readonly InventoryFault[];
}

function readFile(file: InventoryFile): FileRead {
  const name = file.name;
  const text = file.text.replace(/^\uFEFF/, '');
  const refusal = refusalOf(name, text);
  if (refusal !== undefined) return { messages: [], faults: [refusal] };
  const messages: (HiveHello | HiveStats)[] = [];
  const faults: InventoryFault[] = [];
  for (const found of findMessages(name, text)) {
    const read = readMessage(found);
    messages.push(...read.messages);
    faults.push(...read.faults);
    if (faults.length >= MOST_FAULTS) break;
  }
  if (messages.length === 0 && faults.length === 0) faults.push(withoutMessage(name));
  return { messages, faults: boundedFaults(name, faults) };
}

function* findMessages(name: string, text: string): Generator<HiveMessage | InventoryFault> {
  for (const item of readJsonValues(name, text)) {
    if (isFault(item)) yield item;
    else yield* findHiveMessages(name, item.value);
  }
}

function readMessage(message: HiveMessage | InventoryFault): FileRead {
  if (isFault(message)) return { messages: [], faults: [message] };
  if (message.method === 'stats') return { messages: [readStats(message)], faults: [] };
  const { hello, faults } = readHello(message);
  return { messages: [hello], faults };
}

function refusalOf(name: string, text: string): InventoryFault | undefined {
  if (text.length > LARGEST_FILE_CHARACTERS) {
    return inventoryFault('inventory-too-large', {
      what: `${name} is too large to be read.`,
      why: `It has ${text.length} characters, and at most ${LARGEST_FILE_CHARACTERS} are read.`,
      mend: 'Give the newest "hello" and "stats" of each rig only.',
    });
  }
  if (text.trim() === '') {
    return inventoryFault('inventory-empty', {
      what: `${name} is empty.`,
      why: 'It has no characters besides white space.',
      mend: 'Save the rig’s message again, and look whether the disk was full.',
    });
  }
  const wrongAt = text.search(/[\0\uFFFD]/);
  if (wrongAt < 0) return undefined;
  const seen = text[wrongAt] === '\0' ? 'a NUL character' : 'a byte that is no UTF-8';
  return inventoryFault('inventory-wrong-encoding', {
    what: `${name} is not UTF-8 text.`,
    why: `There is ${seen} at character ${wrongAt + 1}; UTF-16 and binary files look like this.`,
    mend: 'Save it as UTF-8, in PowerShell with "-Encoding utf8".',
  });
}

function withoutMessage(name: string): InventoryFault {
  return inventoryFault('inventory-unknown-message', {
    what: `${name} holds no message.`,
    why: 'Expected "hello" and "stats" messages of HiveOS’s agent; there is only an empty list or punctuation.',
    mend: 'Save the rig’s messages again, or leave this file out.',
  });
}

function boundedFaults(name: string, faults: readonly InventoryFault[]): readonly InventoryFault[] {
  if (faults.length <= TOLD_FAULTS) return faults;
  const isStopped = faults.length >= MOST_FAULTS;
  const more = inventoryFault('inventory-unknown-message', {
    what: isStopped
      ? `The rest of ${name} was not read.`
      : `${faults.length - TOLD_FAULTS} more things in ${name} could not be read.`,
    why: isStopped
      ? `It holds ${MOST_FAULTS} things and more that are no messages.`
      : `After ${TOLD_FAULTS} refusals in one file the others are only counted.`,
    mend: 'Look at the first ones: they are most likely of one kind.',
  });
  return [...faults.slice(0, TOLD_FAULTS), more];
}

/** By number where the ids are numbers, else by text. */
function byRigId(one: Rig, other: Rig): number {
  const [oneNumber, otherNumber] = [one, other].map(({ rigId }) => Number(rigId.slice('hive-'.length)));
  const difference = (oneNumber ?? Number.NaN) - (otherNumber ?? Number.NaN);
  if (Number.isFinite(difference) && difference !== 0) return difference;
  return one.rigId < other.rigId ? -1 : one.rigId > other.rigId ? 1 : 0;
}
