# The ranks of a workload, each started by srun on its rig. Before it stand the settings in capitals and RERIG_RANK, the
# script of a rank, and the functions of gangs. MASTER_PORT is free on this rig, on which rank 0 runs.
MASTER_ADDR=$(scontrol -o show node "$SLURMD_NODENAME" 2>/dev/null | sed -n 's/.* NodeAddr=\([^ ]*\).*/\1/p')
MASTER_ADDR=${MASTER_ADDR:-$SLURMD_NODENAME}
MASTER_PORT=$(rerig_master_port $((SLURM_JOB_ID + ${SLURM_RESTART_COUNT:-0})))
export MASTER_ADDR MASTER_PORT RERIG_RANK

# Slurm counts a job's steps from 0 in each run. The srun of a run that was cut off and wakes ends the step of its own
# number, which must not be ours: each run begins with steps of nothing, as many as make its number another.
skipped=$((${SLURM_RESTART_COUNT:-0} % 8))
while [ "$skipped" -gt 0 ]; do
  srun --ntasks=1 --nodes=1 --quiet /bin/true </dev/null
  skipped=$((skipped - 1))
done

woke=
trap 'woke=1' TERM
srun --ntasks="$RANK_COUNT" --kill-on-bad-exit=1 --quiet /bin/sh -c 'eval "$RERIG_RANK"' &
P=$!
while :; do
  woke=
  wait "$P"
  CODE=$?
  [ -n "$woke" ] || break
done
NOTICED=$RUN_FOLDER/$SLURMD_NODENAME/$SLURM_JOB_ID-${SLURM_RESTART_COUNT:-0}-noticed
if [ -e "$NOTICED" ]; then
  rm -f "$NOTICED"
  exit "$NOTICED_CODE"
fi
exit "$CODE"
