import { homedir } from 'node:os';
import { type ProbeReport, probeMachine } from '@rerig/agent/probe';
import { Command } from 'commander';
import { probeDocument } from './probe/probe-document.ts';
import { renderProbe } from './probe/render-probe.ts';
import { columnCount } from './terminal.ts';

export { probeDocument, renderProbe };

interface ProbeCommandOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** `rerig probe`: what this machine has. It changes nothing and needs no privilege. */
export function probeCommand(): Command {
  return new Command('probe')
    .description('Show what this machine has: processor, memory, disks and every card, with what stands in its way.')
    .option('--data <dir>', 'tell the free space of this folder', whereDataGoes())
    .option('--json', 'print one JSON document')
    .action(probe);
}

async function probe(options: ProbeCommandOptions): Promise<void> {
  const report: ProbeReport = await probeMachine({ dataFolder: options.data });
  if (options.json === true) process.stdout.write(`${JSON.stringify(probeDocument(report), null, 2)}\n`);
  else process.stdout.write(renderProbe(report, Math.max(80, columnCount())));
}

/** A folder that is there on the file system where data goes by default, as that folder itself may not be there yet. */
function whereDataGoes(): string {
  return process.getuid?.() === 0 ? '/var/lib' : homedir();
}
