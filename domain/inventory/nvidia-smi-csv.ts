import type { Host } from './farm.ts';
import { type InventoryFault, inventoryFault } from './faults.ts';
import { known } from './fields.ts';
import type { TextFormat } from './format.ts';
import { lostCard } from './lost-card.ts';
import { nvidiaCard, saysLost, toldText } from './nvidia-card.ts';
import { factsOfRow } from './nvidia-csv-columns.ts';
import { guessColumns } from './nvidia-csv-guess.ts';
import { type CsvRow, type CsvSection, readCsvSections } from './nvidia-csv-sections.ts';
import { rigOfFile } from './rig-key.ts';
import type { FormatRead, RigSighting, SightedCard } from './sighting.ts';

/**
 * `nvidia-smi --query-gpu=… --format=csv`, any columns in any order, with units or without, anywhere in a text. Without
 * a header it is read where the command stands above it, or where its columns cannot be mistaken.
 */
export const nvidiaSmiCsv: TextFormat = {
  kind: 'text',
  name: 'nvidia-smi-csv',
  title: 'nvidia-smi CSV',
  read(text, source) {
    const reads = readCsvSections(text).map((section) => readSection(section, source));
    if (reads.length === 0) return undefined;
    return { sightings: reads.flatMap(({ sightings }) => sightings), faults: reads.flatMap(({ faults }) => faults) };
  },
};

function readSection(section: CsvSection, source: string): FormatRead {
  const rows = [...section.rows.values()];
  const guessed = section.columns === undefined ? guessColumns(rows) : undefined;
  const columns = section.columns ?? guessed?.columns ?? [];
  const times = rows.map((row) => fieldAt(row, columns, 'timestamp')).filter((time) => time !== undefined);
  const sighting: RigSighting = known({
    format: 'nvidia-smi-csv' as const,
    source,
    ...rigOfFile(source),
    sentAt: times.toSorted().at(-1),
    host: hostOf(rows, columns),
    cards: rows.map((row, position) => cardOf(row, columns, position)),
  });
  return {
    sightings: [sighting],
    faults: [
      ...rows.filter((row) => row.some(saysLost)).map((row) => lostCard(source, `"${rowText(row)}"`)),
      ...section.cutLines.slice(0, 20).map((line) => cutLine(source, line)),
      ...(guessed?.isWhole === false ? [withoutHeader(source, rows)] : []),
      ...(section.unclearRepeatCount > 0 ? [unclearRepeat(source, section.unclearRepeatCount)] : []),
    ],
  };
}

function cardOf(row: CsvRow, columns: readonly string[], position: number): SightedCard {
  return nvidiaCard(factsOfRow(columns, row), position, fieldAt(row, columns, 'timestamp'));
}

function fieldAt(row: CsvRow, columns: readonly string[], column: string): string | undefined {
  const index = columns.indexOf(column);
  return index < 0 ? undefined : toldText(row[index]);
}

function hostOf(rows: readonly CsvRow[], columns: readonly string[]): Host {
  const [first = []] = rows;
  const driver = fieldAt(first, columns, 'driver_version') ?? fieldAt(first, columns, 'kmd_version');
  return known({ nvidiaDriverVersion: driver });
}

/** A row as a fault shows it: short, and with nothing but what a card is told by. */
function rowText(row: CsvRow): string {
  return row.slice(0, 4).join(', ').slice(0, 100);
}

function cutLine(source: string, line: string): InventoryFault {
  return inventoryFault('inventory-section-incomplete', {
    what: `${source} has a card of nvidia-smi’s CSV that is cut: "${rowText(line.split(', '))}".`,
    why: 'It has not as many fields as the header above it.',
    mend: 'Save the output again.',
  });
}

function withoutHeader(source: string, rows: readonly CsvRow[]): InventoryFault {
  const [first = []] = rows;
  return inventoryFault('inventory-no-header', {
    what: `${source} has CSV of nvidia-smi without a header; ${rows.length} cards were read of it in part only.`,
    why: `Nothing tells what some columns of "${rowText(first)}" are.`,
    mend: 'Run it with a header: nvidia-smi --query-gpu=… --format=csv, without "noheader".',
  });
}

function unclearRepeat(source: string, repeatCount: number): InventoryFault {
  return inventoryFault('inventory-section-incomplete', {
    what: `${source} lists ${repeatCount} cards of nvidia-smi’s CSV again.`,
    why: 'Neither a UUID nor a time tells whether they are the same cards or another rig’s; they were counted once.',
    mend: 'Add uuid and pci.bus_id to --query-gpu, and save each rig’s output in a file of its own.',
  });
}
