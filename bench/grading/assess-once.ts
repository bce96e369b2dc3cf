import { readFileSync } from 'node:fs';
import { defaultSettings, priceBook, valueFarm } from '@rerig/domain/economics';
import { gradeFarm } from '@rerig/domain/grading';
import { readInventory } from '@rerig/domain/inventory';

/** Reads, grades and values the farm of a file in this process, and prints how long each took, as one JSON line. */
const path = process.argv[2] ?? '';
const startedAtMs = performance.now();
const text = readFileSync(path, 'utf8');
const { farm, faults } = readInventory([{ name: path, text }]);
const readAtMs = performance.now();
const assessed = gradeFarm(farm, { nowMs: Date.now() });
const gradedAtMs = performance.now();
const valued = valueFarm(assessed, priceBook, defaultSettings(new Date().toISOString().slice(0, 10)));
const valuedAtMs = performance.now();
process.stdout.write(
  `${JSON.stringify({
    cardCount: valued.totals.all.cardCount,
    faultCount: faults.length,
    readMs: readAtMs - startedAtMs,
    gradeMs: gradedAtMs - readAtMs,
    valueMs: valuedAtMs - gradedAtMs,
    totalMs: valuedAtMs - startedAtMs,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  })}\n`,
);
