import { randomUUID } from 'node:crypto';
import type { InventoryFile } from '@rerig/domain/inventory';
import { type SourceFault, sourceFault } from './faults.ts';
import type { RigSource, SourceRead, TellProgress } from './port.ts';
import type { RigAddress } from './rig-list.ts';
import { parseRigOutput, rigScript, type ToolOutput } from './rig-script.ts';
import { type BoundedRun, runBounded } from './run-bounded.ts';

/** How rigs are asked. All may be left out. */
export interface SshSourceOptions {
  /** The ssh client; the system's `ssh` where absent, with the operator's own keys and ~/.ssh/config. */
  readonly program?: string;
  /** A configuration for the client instead of the operator's own. */
  readonly configPath?: string;
  /** How many rigs are asked at once: 1 to 64, 8 where absent. */
  readonly parallelCount?: number;
  /** How long one rig may take, 60 s where absent. */
  readonly rigLimitMs?: number;
  readonly tellProgress?: TellProgress;
}

const CONNECT_SECONDS_MAX = 10;
const RIG_LIMIT_MS = 60_000;
const PARALLEL_COUNT = 8;
const PARALLEL_COUNT_MAX = 64;
/** A rig of 20 cards writes about 1 MB. */
const RIG_BYTES_MAX = 8 * 1024 * 1024;

/** Rigs over SSH, by the system's own client: it never asks for a password, and runs nothing that changes anything. */
export function sshSource(rigs: readonly RigAddress[], options: SshSourceOptions = {}): RigSource {
  return { name: `${rigs.length} rigs over SSH`, read: (signal) => readRigs(rigs, options, signal) };
}

async function readRigs(
  rigs: readonly RigAddress[],
  options: SshSourceOptions,
  signal: AbortSignal,
): Promise<SourceRead> {
  const asked = options.parallelCount ?? PARALLEL_COUNT;
  const laneCount = Math.min(Math.max(1, Math.floor(asked)), PARALLEL_COUNT_MAX, rigs.length);
  const reads: SourceRead[] = rigs.map(() => ({ files: [], faults: [] }));
  let [nextIndex, doneCount] = [0, 0];
  async function runLane(): Promise<void> {
    while (nextIndex < rigs.length && !signal.aborted) {
      const index = nextIndex;
      nextIndex += 1;
      const rig = rigs[index];
      if (rig === undefined) return;
      const read = await readRig(rig, options, signal);
      reads[index] = read;
      doneCount += 1;
      const isFault = read.files.length === 0;
      options.tellProgress?.({ doneCount, totalCount: rigs.length, what: rig.name, isFault });
    }
  }
  await Promise.all(Array.from({ length: laneCount }, runLane));
  const unasked = rigs.length - nextIndex;
  return {
    files: reads.flatMap(({ files }) => files),
    faults: [...reads.flatMap(({ faults }) => faults), ...(unasked > 0 ? [stopped(unasked)] : [])],
  };
}

async function readRig(rig: RigAddress, options: SshSourceOptions, signal: AbortSignal): Promise<SourceRead> {
  const mark = `rerig-${randomUUID()}`;
  const run = await runBounded(options.program ?? 'ssh', sshValues(rig, options, mark), {
    limitMs: options.rigLimitMs ?? RIG_LIMIT_MS,
    outputBytesMax: RIG_BYTES_MAX,
    signal,
  });
  const { tools, isComplete } = parseRigOutput(run.stdout, mark);
  const files = tools.filter(({ text }) => text.trim() !== '').map((output) => fileOf(rig, output));
  const faults: SourceFault[] = tools.flatMap((output) => toolFault(rig, output) ?? []);
  if (!isComplete) faults.push(connectionFault(rig, run));
  else if (!tools.some(({ tool }) => tool.listsCards)) faults.push(withoutTools(rig));
  return { files, faults };
}

/** A host, user or port that a list gives can't be taken for an option: the list's reader sees to their letters. */
function sshValues(
  { host, user, port }: RigAddress,
  { configPath }: SshSourceOptions,
  mark: string,
): readonly string[] {
  const settings = [
    'BatchMode=yes',
    `ConnectTimeout=${CONNECT_SECONDS_MAX}`,
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'LogLevel=ERROR',
  ];
  return [
    '-T',
    ...(configPath === undefined ? [] : ['-F', configPath]),
    ...settings.flatMap((setting) => ['-o', setting]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    host,
    rigScript(mark),
  ];
}

function fileOf(rig: RigAddress, { tool, text }: ToolOutput): InventoryFile {
  return { name: `${rig.name}: ${tool.name}`, text, rigName: rig.name };
}

/** Of a tool that fails, such as nvidia-smi for a card that fell off its bus, what it wrote is kept all the same. */
function toolFault(rig: RigAddress, { tool, exitStatus, text }: ToolOutput): SourceFault | undefined {
  if (exitStatus === 0 || exitStatus === undefined) return undefined;
  const isLate = exitStatus === 124 || exitStatus === 137;
  const said = text
    .split('\n')
    .map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim())
    .find((line) => line !== '');
  return sourceFault('rig-tool-failed', {
    what: `On ${rig.name} ${tool.name} did not succeed.`,
    why: isLate
      ? 'It had not ended in time: most often a card has fallen off its bus.'
      : `It ended with ${exitStatus}${said === undefined ? '.' : `, and said: ${said.slice(0, 200)}`}`,
    mend: isLate
      ? 'Look for "Xid 79" in dmesg, reseat that card’s riser and power, and restart the rig.'
      : `Run "${tool.command.split(' --')[0]}" there, and see that driver and tool are of one version.`,
  });
}

function connectionFault(rig: RigAddress, run: BoundedRun): SourceFault {
  const said = run.stderr
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 300);
  switch (run.kind) {
    case 'missing':
      return sourceFault('ssh-missing', {
        what: `${rig.name} was not asked.`,
        why: 'The program ssh is not on this machine.',
        mend: 'Install it: apt-get install openssh-client.',
      });
    case 'slow':
      return sourceFault('rig-slow', {
        what: `${rig.name} did not answer in time.`,
        why: 'Its tools had not ended when its time was up; what they wrote until then was kept.',
        mend: 'Look at it: a driver that waits for a lost card hangs. Restart the rig and ask again.',
      });
    case 'talkative':
      return sourceFault('rig-talkative', {
        what: `${rig.name} wrote more than a rig does.`,
        why: `Past ${RIG_BYTES_MAX} bytes the connection was ended; what came before was kept.`,
        mend: 'See that its login shell writes nothing by itself.',
      });
    case 'stopped':
      return sourceFault('source-stopped', {
        what: `${rig.name} was not asked to the end.`,
        why: 'You asked to stop.',
        mend: 'Run the command again.',
      });
    case 'ended':
      return isRefusal(said)
        ? sourceFault('rig-refused', {
            what: `${rig.name} let nobody in.`,
            why: `The client says: ${said}`,
            mend: `Try "ssh ${addressText(rig)}" by hand: it must come in with a key, without a question.`,
          })
        : sourceFault('rig-unreachable', {
            what: `${rig.name} could not be asked.`,
            why: said === '' ? `The client ended with ${run.exitStatus ?? 'a signal'}.` : `The client says: ${said}`,
            mend: `See that it is on and that "ssh ${addressText(rig)}" works.`,
          });
  }
}

function isRefusal(said: string): boolean {
  return /permission denied|host key|authentication|too many auth|no matching|identification has changed/i.test(said);
}

function addressText({ host, user, port }: RigAddress): string {
  return `${port === undefined ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${host}`;
}

function withoutTools(rig: RigAddress): SourceFault {
  return sourceFault('rig-without-tools', {
    what: `What cards ${rig.name} has is not known.`,
    why: 'It has neither nvidia-smi nor rocm-smi, amd-smi or lspci.',
    mend: 'Install pciutils there: apt-get install pciutils.',
  });
}

function stopped(count: number): SourceFault {
  return sourceFault('source-stopped', {
    what: `${count} rigs were not asked.`,
    why: 'You asked to stop before their turn.',
    mend: 'Run the command again.',
  });
}
