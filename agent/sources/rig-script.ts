/** A tool that a rig is asked for. */
export interface RigTool {
  /** For people, and in the names of its output. */
  readonly name: string;
  /** A command of POSIX sh without single quotes, for the whole script stands in them. */
  readonly command: string;
  /** Whether it tells of cards, so that a rig without any such tool says so. */
  readonly listsCards: boolean;
  /**
   * Of a log, the lines that are taken, as `grep -E` has them: the newest, up to a bound. Many rigs let root alone read
   * their log; then there are none, which is no fault of the rig.
   */
  readonly keptLines?: string;
}

/** So many bytes of the kernel's log are taken, the newest; a rig of 20 cards that fail writes less. */
const KERNEL_LOG_BYTES_MAX = 256 * 1024;

/** What of the kernel's log tells of cards: errors of NVIDIA's driver, VRAM that amdgpu found, narrow links. */
const KERNEL_LINES = 'NVRM: |VRAM: |available PCIe bandwidth|: .10[02]2:14.{3,5} type 01 |Linux version';

/**
 * Everything that is run on a rig. All of it only reads, needs no privilege, and is bounded in time; what is not there
 * is left out. `lspci -vv` tells links where it is run by root.
 */
export const rigTools: readonly RigTool[] = [
  { name: 'nvidia-smi', command: 'nvidia-smi -q -x', listsCards: true },
  {
    name: 'rocm-smi',
    command:
      'rocm-smi --showproductname --showid --showbus --showuniqueid --showserial --showvbios --showmeminfo vram ' +
      '--showtemp --showfan --showpower --showmaxpower --showclocks --showdriverversion --json',
    listsCards: true,
  },
  { name: 'amd-smi static', command: 'amd-smi static --json', listsCards: true },
  { name: 'amd-smi metric', command: 'amd-smi metric --json', listsCards: true },
  { name: 'lspci -vmm', command: 'lspci -D -nn -vmm -k', listsCards: true },
  { name: 'lspci -vv', command: 'lspci -D -nn -vv', listsCards: true },
  { name: 'proc', command: 'cat /proc/version /proc/cpuinfo /proc/meminfo', listsCards: false },
  { name: 'dmesg', command: 'dmesg', listsCards: false, keptLines: KERNEL_LINES },
  { name: 'journal', command: 'journalctl -k -b -q --no-pager', listsCards: false, keptLines: KERNEL_LINES },
  { name: 'lsblk', command: 'lsblk -J -b -d -o NAME,SIZE,TYPE,TRAN,MODEL,ROTA,RM', listsCards: false },
];

/** A tool that waits for a card that fell off its bus may never end: so many seconds are given to each. */
const TOOL_SECONDS_MAX = 15;

/**
 * The one command that is given to a rig: each tool between lines that begin with `mark`, which no output holds, then
 * its exit status. Written for any login shell: it hands all of it to sh.
 */
export function rigScript(mark: string): string {
  const runs = rigTools.map(
    (tool, index) =>
      `if command -v ${tool.command.split(' ')[0]} >/dev/null 2>&1; then ` +
      `echo "${mark} ${index} begin"; ${runOf(tool)}; status=$?; echo; echo "${mark} ${index} end $status"; fi`,
  );
  const lines = [
    'export LC_ALL=C',
    'PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin:/opt/rocm/bin',
    `limit=; if command -v timeout >/dev/null 2>&1; then limit="timeout ${TOOL_SECONDS_MAX}"; fi`,
    ...runs,
    `echo "${mark} done"`,
  ];
  return `exec sh -c '${lines.join('; ')}'`;
}

function runOf({ command, keptLines }: RigTool): string {
  const run = `$limit ${command} 2>/dev/null </dev/null`;
  return keptLines === undefined ? run : `${run} | grep -E "${keptLines}" | tail -c ${KERNEL_LOG_BYTES_MAX}`;
}

/** What one tool wrote. */
export interface ToolOutput {
  readonly tool: RigTool;
  readonly text: string;
  /** Undefined where the connection ended before the tool did. */
  readonly exitStatus: number | undefined;
}

/** What a rig wrote, taken apart. */
export interface RigOutput {
  readonly tools: readonly ToolOutput[];
  /** Whether the script ran to its end. */
  readonly isComplete: boolean;
}

/** Takes a rig's output apart; what stands outside the marks, such as a greeting of its login shell, is not ours. */
export function parseRigOutput(text: string, mark: string): RigOutput {
  const outputs: ToolOutput[] = [];
  let isComplete = false;
  let open: { readonly tool: RigTool; readonly lines: string[] } | undefined;
  for (const line of text.split('\n')) {
    const [, index, what, status] = line.startsWith(mark) ? (MARKED.exec(line.slice(mark.length)) ?? []) : [];
    const tool = index === undefined ? undefined : rigTools[Number(index)];
    if (line.trimEnd() === `${mark} done`) isComplete = true;
    else if (what === 'begin' && tool !== undefined) open = { tool, lines: [] };
    else if (what === 'end' && open !== undefined) {
      outputs.push({ tool: open.tool, text: open.lines.join('\n'), exitStatus: Number(status) });
      open = undefined;
    } else open?.lines.push(line);
  }
  if (open !== undefined) outputs.push({ tool: open.tool, text: open.lines.join('\n'), exitStatus: undefined });
  return { tools: outputs, isComplete };
}

const MARKED = /^ (\d{1,3}) (begin|end)(?: (\d{1,3}))?\r?$/;
