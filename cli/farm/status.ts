import { resolve } from 'node:path';
import { farmStanding, loadMadeFarm } from '@rerig/agent/farm';
import { FaultError, isFault } from '@rerig/domain/fault';
import Table from 'cli-table3';
import { columnCount, wrap } from '../terminal.ts';

/** What `rerig farm status` is given. */
export interface StatusOptions {
  readonly data: string;
  readonly json?: boolean;
}

const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
} as const;

/** Shows parts and rigs; a Fault, after it, where a part does not run. */
export async function showStatus({ data, json = false }: StatusOptions): Promise<void> {
  const dataFolder = resolve(data);
  const record = await loadMadeFarm(dataFolder);
  if (isFault(record)) throw new FaultError(record);
  const standing = await farmStanding(dataFolder, record);
  if (json) process.stdout.write(`${JSON.stringify(standing, null, 2)}\n`);
  else process.stdout.write(renderStanding(standing));
  if (standing.parts.some(({ isRunning }) => !isRunning)) process.exitCode = 1;
}

function renderStanding({ clusterName, headAddress, parts, rigs }: Awaited<ReturnType<typeof farmStanding>>): string {
  const partTexts = parts.map(
    ({ name, isRunning, pid }) => `${isRunning ? '✔' : '✖'} ${name}${pid === null ? '' : ` (${pid})`}`,
  );
  const head = wrap(`${clusterName}, head ${headAddress}: ${partTexts.join('  ')}`, columnCount());
  if (rigs.length === 0) return `${head.join('\n')}\nNo rig is known. Make a token with "rerig farm token".\n`;
  const table = new Table({
    head: ['rig', 'Slurm', 'cards', 'jobs', 'joined'],
    chars: BORDERLESS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colAligns: ['left', 'left', 'left', 'right', 'left'],
  });
  table.push(
    ...rigs.map(({ slurmName, slurmState, cardCountByType, jobCount, joinedAt }) => [
      slurmName,
      slurmState ?? '–',
      Object.entries(cardCountByType)
        .map(([type, count]) => `${count} ${type}`)
        .join('\n'),
      jobCount,
      joinedAt?.slice(0, 10) ?? 'not yet',
    ]),
  );
  const rows = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return `${[...head, '', ...rows].join('\n')}\n`;
}
