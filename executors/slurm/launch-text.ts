import type { WorkloadSpec } from '../port.ts';
import { shellWord, shellWords } from './shell-words.ts';

/** Variables whose values the rank's script finds out on the rig. A caller can set none of them. */
const RUN_VARIABLES: Readonly<Record<string, string>> = {
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
  CUDA_VISIBLE_DEVICES: '$CUDA',
  ROCR_VISIBLE_DEVICES: '$ROCR',
  MASTER_ADDR: '$MASTER_ADDR',
  MASTER_PORT: '$MASTER_PORT',
  RANK: '$RANK',
  LOCAL_RANK: '$LOCAL_RANK',
  WORLD_SIZE: '$WORLD_SIZE',
  LOCAL_WORLD_SIZE: '$LOCAL_WORLD_SIZE',
  GROUP_RANK: '$GROUP_RANK',
  RERIG_WORKLOAD_ID: '$WORKLOAD_ID',
  RERIG_RESTART_COUNT: '$RUN',
  RERIG_OUTPUT_FOLDER: '$RERIG_OUTPUT_FOLDER',
  RERIG_EARLIER_OUTPUT_FOLDERS: '$RERIG_EARLIER_OUTPUT_FOLDERS',
  // By these, what runs on a rig is known to be of a job, however far it went from its script.
  SLURM_CLUSTER_NAME: '$SLURM_CLUSTER_NAME',
  SLURM_JOB_ID: '$SLURM_JOB_ID',
  SLURMD_NODENAME: '$SLURMD_NODENAME',
};

const REFUSED = new Set([...Object.keys(RUN_VARIABLES), 'GGML_VK_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES']);

/**
 * The shell functions `launch`, which becomes the workload's command in a session of its own, with no variable but its
 * own, and `over`, which ends what it left outside that session.
 */
export function launchText(spec: WorkloadSpec, podman: readonly string[]): string {
  const asked = Object.entries(spec.environment).filter(([name]) => !REFUSED.has(name));
  const { confinement = { tier: 'process' } } = spec;
  if (confinement.tier === 'container') return containerText(spec, confinement, asked, shellWords(podman));
  const words = [
    '"PATH=$PATH"',
    '"HOME=${HOME:-/}"',
    'LANG=C.UTF-8',
    ...asked.map(([name, value]) => shellWord(`${name}=${value}`)),
    ...runVariables(),
    '"RERIG_NOTICE_FOLDER=$D/notice"',
    '"RERIG_NOTICE_URL=$HEAD/notice/$NOTICE_KEY"',
  ];
  return [
    'launch() {',
    '  cd "$WORKING_FOLDER" || exit 126',
    `  exec setsid $LOCKS env -i ${words.join(' ')} ${shellWords(spec.command)}`,
    '}',
    'over() { :; }',
  ].join('\n');
}

function runVariables(): readonly string[] {
  return Object.entries(RUN_VARIABLES).map(([name, value]) => `"${name}=${value}"`);
}

type Container = Extract<WorkloadSpec['confinement'], { readonly tier: 'container' }>;

/**
 * In Podman: read-only root, no privileges, no network, its cards' files alone. Its processes stand outside the job's
 * control group, so that its limits are Podman's, and `over` and Slurm's epilog remove it by its label.
 */
function containerText(
  spec: WorkloadSpec,
  container: Container,
  asked: readonly (readonly [string, string])[],
  podman: string,
): string {
  const { limits = {}, command, workingFolder } = spec;
  const flags = [
    ...[
      '--rm',
      '--init',
      '--network',
      'none',
      '--read-only',
      '--tmpfs',
      `/tmp:rw,size=${limits.diskBytes ?? 64 * 1024 ** 2}`,
    ],
    ...['--cap-drop', 'all', '--security-opt', 'no-new-privileges', '--pull', 'never', '--workdir', workingFolder],
    ...(limits.memoryBytes === undefined ? [] : ['--memory', String(limits.memoryBytes)]),
    ...(limits.coreCount === undefined ? [] : ['--cpus', String(limits.coreCount)]),
    ...['--pids-limit', String(limits.processCountMax ?? 4096)],
    ...container.mounts.flatMap(({ hostPath, containerPath, isReadOnly }) => [
      '--volume',
      `${hostPath}:${containerPath}:${isReadOnly ? 'ro' : 'rw'}`,
    ]),
    ...asked.flatMap(([name, value]) => ['--env', `${name}=${value}`]),
  ];
  return [
    'NAME=rerig-$SLURM_JOB_ID-${SLURM_RESTART_COUNT:-0}-${SLURM_PROCID:-0}',
    'launch() {',
    '  set --',
    '  for file in $CARD_FILES; do set -- "$@" --device "$file"; done',
    '  case " $CARD_FILES" in *" /dev/nvidia"*)',
    '    for file in /dev/nvidiactl /dev/nvidia-uvm; do [ ! -e $file ] || set -- "$@" --device $file; done ;;',
    '  esac',
    '  case " $CARD_FILES" in *" /dev/dri/"*) [ ! -e /dev/kfd ] || set -- "$@" --device /dev/kfd ;; esac',
    '  if [ -n "$RERIG_OUTPUT_FOLDER" ]; then',
    '    set -- "$@" --volume "$RERIG_OUTPUT_FOLDER:$RERIG_OUTPUT_FOLDER:rw"',
    '    for folder in $(printf %s "$RERIG_EARLIER_OUTPUT_FOLDERS" | tr : " "); do set -- "$@" --volume "$folder:$folder:ro"; done',
    '  fi',
    `  exec setsid $LOCKS ${podman} run --name "$NAME" --label "slurm.cluster=$SLURM_CLUSTER_NAME" --label "slurm.job=$SLURM_JOB_ID" ${shellWords(flags)} "$@" \\`,
    `    ${runVariables()
      .map((word) => `--env ${word}`)
      .join(' ')} \\`,
    `    --volume "$D/notice:/run/rerig:ro" --env RERIG_NOTICE_FOLDER=/run/rerig ${shellWords([container.image, ...command])}`,
    '}',
    `over() { timeout 10 ${podman} rm -f -t 0 "$NAME" >/dev/null 2>&1; }`,
  ].join('\n');
}
