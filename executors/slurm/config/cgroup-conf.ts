import type { JobFence } from './slurm-settings.ts';

/** The text of cgroup.conf. */
export function cgroupConf(fence: JobFence): string {
  if (fence.kind === 'none') {
    return ['# Not used: jobs are kept together by Slurm alone.', 'CgroupPlugin=cgroup/v1', ''].join('\n');
  }
  return [
    '# Which version of control groups a rig has.',
    `CgroupPlugin=${fence.version}`,
    '# A job opens its own cards alone, and is ended where it takes more memory than it asked for.',
    'ConstrainDevices=yes',
    'ConstrainRAMSpace=yes',
    '',
  ].join('\n');
}
