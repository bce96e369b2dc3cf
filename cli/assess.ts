import { readFile, stat } from 'node:fs/promises';
import type { Fault } from '@rerig/domain/fault';
import { type AssessedCard, type AssessedFarm, type AssessedRig, gradeFarm } from '@rerig/domain/grading';
import { type InventoryFile, LARGEST_FILE_CHARACTERS, readInventory } from '@rerig/domain/inventory';
import { Command } from 'commander';
import { renderFarm } from './farm-table.ts';
import { cliFault } from './faults.ts';
import { columnCount, hasColor, printFault } from './terminal.ts';

interface AssessOptions {
  readonly json?: boolean;
}

/** `rerig assess FILE…`: grades a farm from the messages of its rigs. */
export function assessCommand(): Command {
  return new Command('assess')
    .description('Grade every card of a farm from the messages of its rigs, and say what limits it and how to mend it.')
    .argument('<files...>', 'messages of HiveOS’s agent ("hello" and "stats"), told by their content')
    .option('--json', 'print one JSON document')
    .action(assess);
}

async function assess(paths: readonly string[], options: AssessOptions): Promise<void> {
  const reads = await Promise.all(paths.map(readRigFile));
  const inventory = readInventory(reads.flatMap((read) => (read.kind === 'read' ? [read.file] : [])));
  const faults = [...reads.flatMap((read) => (read.kind === 'refused' ? [read.fault] : [])), ...inventory.faults];
  const assessed = gradeFarm(inventory.farm);
  if (options.json === true) process.stdout.write(`${JSON.stringify(toDocument(assessed, faults), null, 2)}\n`);
  else if (assessed.rigs.length > 0)
    process.stdout.write(renderFarm(assessed, { columnCount: columnCount(), color: hasColor() }));
  if (options.json !== true) for (const fault of faults) printFault(fault);
  if (faults.length > 0) process.exitCode = 1;
}

type RigFileRead =
  | { readonly kind: 'read'; readonly file: InventoryFile }
  | { readonly kind: 'refused'; readonly fault: Fault };

async function readRigFile(path: string): Promise<RigFileRead> {
  try {
    const { size: sizeBytes } = await stat(path);
    if (sizeBytes > LARGEST_FILE_CHARACTERS) return { kind: 'refused', fault: tooLarge(path, sizeBytes) };
    return { kind: 'read', file: { name: path, text: await readFile(path, 'utf8') } };
  } catch (error) {
    return { kind: 'refused', fault: unreadable(path, error instanceof Error ? error.message : String(error)) };
  }
}

function unreadable(path: string, reason: string): Fault {
  return cliFault('inventory-unreadable', {
    what: `${path} cannot be read.`,
    why: `The system says: ${reason}.`,
    mend: 'Check the path, and that you may read the file.',
  });
}

function tooLarge(path: string, sizeBytes: number): Fault {
  return cliFault('inventory-unreadable', {
    what: `${path} is too large to be a rig’s message.`,
    why: `It has ${sizeBytes} bytes, and at most ${LARGEST_FILE_CHARACTERS} are read.`,
    mend: 'Give the newest "hello" and "stats" of each rig only.',
  });
}

/** The stable document of `--json`: numbers have their unit in the key, what is not known is null. */
function toDocument(assessed: AssessedFarm, faults: readonly Fault[]) {
  return { rigs: assessed.rigs.map(toRigDocument), totals: assessed.totals, faults };
}

function toRigDocument({ rig, cards, findings, totals }: AssessedRig) {
  const { rigId, name, source, host, contradictions, observedAt = null } = rig;
  return { rigId, name, source, observedAt, host, contradictions, findings, cards: cards.map(toCardDocument), totals };
}

function toCardDocument(assessed: AssessedCard) {
  const { card, match, modelNames, grade, evidence, route, vram, fits, largestFit, findings } = assessed;
  return {
    ...{ cardId: card.cardId, kind: card.kind, busId: card.busId ?? null, name: card.name ?? null },
    ...{ match: match?.kind ?? null, modelNames, grade, evidence },
    ...{ route: route?.name ?? null, routeSupportedUntil: route?.supportedUntil ?? null },
    ...{ vramBytes: vram?.bytes ?? null, vramBasis: vram?.basis ?? null },
    ...{ usableVramBytes: vram?.usableBytes ?? null, largestFit },
    fits: fits.map(({ workload, needs, isFitting, leftBytes }) => ({
      workload: workload.name,
      sourceModel: workload.sourceModel,
      contextTokenCount: workload.contextTokenCount,
      needs,
      isFitting,
      leftBytes,
    })),
    reading: card.reading ?? null,
    findings,
  };
}
