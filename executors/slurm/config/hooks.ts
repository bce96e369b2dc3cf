/**
 * The script that slurmd runs as root on the rig after each job, before its cards are given to the next: ends containers
 * that the job left, told by the labels `slurm.cluster` and `slurm.job`, as they run outside its control group; then runs
 * `/etc/rerig/after-job` where the operator has put one. It never fails, for Slurm would take the rig out of service.
 */
export function epilogText(): string {
  return `#!/bin/sh
# Written by Rerig. Runs as root after each job on this rig.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
if command -v podman >/dev/null 2>&1; then
  ids=$(timeout 20 podman ps -aq --filter "label=slurm.cluster=$SLURM_CLUSTER_NAME" --filter "label=slurm.job=$SLURM_JOB_ID" 2>/dev/null)
  [ -n "$ids" ] && timeout 20 podman rm -f -t 0 $ids >/dev/null 2>&1
fi
# What went on without its step daemon, as after a kill of that: found by the job in its environment.
for file in $(grep -lzx "SLURM_JOB_ID=$SLURM_JOB_ID" /proc/[0-9]*/environ 2>/dev/null); do
  pid=\${file#/proc/} pid=\${pid%/environ}
  [ "$pid" != $$ ] && grep -qzx "SLURMD_NODENAME=$SLURMD_NODENAME" "$file" 2>/dev/null &&
    grep -qzx "SLURM_CLUSTER_NAME=$SLURM_CLUSTER_NAME" "$file" 2>/dev/null && kill -KILL "$pid" 2>/dev/null
done
[ -n "$SLURM_JOB_ID" ] && rm -rf "/var/lib/rerig/runs/$SLURMD_NODENAME/$SLURM_JOB_ID"-*
[ -x /etc/rerig/after-job ] && timeout 20 /etc/rerig/after-job
exit 0
`;
}
