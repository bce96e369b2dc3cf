import { gradeFarm } from '@rerig/domain/grading';
import { Command } from 'commander';
import { toFarmDocument } from './farm-document.ts';
import { renderFarm } from './farm-table.ts';
import { readRigFiles } from './rig-files.ts';
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
  const { farm, faults } = await readRigFiles(paths);
  const assessed = gradeFarm(farm, { nowMs: Date.now() });
  if (options.json === true) process.stdout.write(`${JSON.stringify(toFarmDocument(assessed, faults), null, 2)}\n`);
  else if (assessed.rigs.length > 0)
    process.stdout.write(renderFarm(assessed, { columnCount: columnCount(), color: hasColor() }));
  if (options.json !== true) for (const fault of faults) printFault(fault);
  if (faults.length > 0) process.exitCode = 1;
}
