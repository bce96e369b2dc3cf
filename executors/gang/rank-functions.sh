# Functions of POSIX sh for job scripts: what a rank is told, and where it writes. Each name begins with rerig_.

# rerig_output_folders FOLDER RESTARTS
# Makes FOLDER/run-RESTARTS, and takes what the runs before have written away to FOLDER/earlier/run-0, run-1 and so on:
# once, for every run that follows, so that one that was cut off and writes on changes nothing that is read. Only a file
# that it holds open can still grow: a checkpoint is written under another name, and renamed once it is whole. Sets
# RERIG_OUTPUT_FOLDER, RERIG_EARLIER_OUTPUT_FOLDERS (newest first, without empty ones, at most 100) and
# RERIG_RESTART_COUNT. Fails, and says why on stderr, where it can't.
rerig_output_folders() {
  mkdir -p -- "$1/earlier" "$1/run-$2" || return 1
  RERIG_OUTPUT_FOLDER=$1/run-$2
  RERIG_RESTART_COUNT=$2
  RERIG_EARLIER_OUTPUT_FOLDERS=
  rerig_run=$2
  rerig_listed=0
  while [ "$rerig_run" -gt 0 ]; do
    rerig_run=$((rerig_run - 1))
    rerig_keep "$1" "$rerig_run" || return 1
    [ "$rerig_listed" -lt 100 ] || continue
    rerig_kept=$1/earlier/run-$rerig_run
    [ "$(ls -A -- "$rerig_kept")" != .kept ] || continue
    rerig_listed=$((rerig_listed + 1))
    RERIG_EARLIER_OUTPUT_FOLDERS=${RERIG_EARLIER_OUTPUT_FOLDERS:+$RERIG_EARLIER_OUTPUT_FOLDERS:}$rerig_kept
  done
  export RERIG_OUTPUT_FOLDER RERIG_RESTART_COUNT RERIG_EARLIER_OUTPUT_FOLDERS
}

# rerig_keep FOLDER RUN: takes a run's files away, unless that is done; what it writes from then on is lost.
rerig_keep() {
  if [ ! -e "$1/earlier/run-$2/.kept" ]; then rerig_take "$1" "$2" || return 1; fi
  # No name leads to the kept files but the kept one. It may be written again while it is removed: then the next run does.
  [ ! -e "$1/run-$2" ] || rm -rf -- "$1/run-$2" 2>/dev/null || :
}

# rerig_take FOLDER RUN: makes FOLDER/earlier/RUN out of what the run has written, whole or not at all.
rerig_take() {
  rerig_try=0
  while :; do
    rerig_try=$((rerig_try + 1))
    rerig_copy=$(mktemp -d -- "$1/earlier/.run-$2.XXXXXX") && chmod 755 -- "$rerig_copy" || return 1
    rerig_link_files "$1/run-$2" "$rerig_copy"
    rerig_linked=$?
    # Where files went away meanwhile, others may have come: a checkpoint that replaces another. It is looked at again.
    [ "$rerig_linked" -eq 2 ] && [ "$rerig_try" -lt 8 ] || break
    rm -rf -- "$rerig_copy"
  done
  # -T: never below what another rig has kept in the meantime; the mark makes it a folder that nothing replaces.
  if [ "$rerig_linked" -ne 1 ] && : >"$rerig_copy/.kept" && mv -T -- "$rerig_copy" "$1/earlier/run-$2" 2>/dev/null; then
    return 0
  fi
  rm -rf -- "$rerig_copy"
  [ -e "$1/earlier/run-$2/.kept" ]
}

# rerig_link_files FROM TO: makes hard links, or copies where the file system has none. Gives 0; 2 where files went away
# meanwhile; 1 where it can't, and says why.
rerig_link_files() {
  [ -d "$1" ] || return 0
  for rerig_way in -l --no-clobber; do
    rerig_said=$(LC_ALL=C cp -a "$rerig_way" -- "$1/." "$2/" 2>&1) && return 0
    rerig_other=$(printf '%s\n' "$rerig_said" | grep -v 'No such file or directory')
    [ -z "$rerig_other" ] && return 2
    rm -rf -- "$2" && mkdir -- "$2" || return 1
  done
  printf '%s\n' "$rerig_other" >&2
  return 1
}

# rerig_master_port SEED
# Prints a port for MASTER_PORT that nobody on this rig uses, below those that the kernel gives to outgoing connections.
# Gangs of different seeds (job ids) that choose at the same moment choose differently.
rerig_master_port() {
  rerig_used=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  rerig_step=0
  while [ "$rerig_step" -lt 12000 ]; do
    rerig_port=$((20000 + ($1 + rerig_step * 997) % 12000))
    case $rerig_used in
      *":$(printf '%04X' "$rerig_port") "*) rerig_step=$((rerig_step + 1)) ;;
      *)
        printf '%s\n' "$rerig_port"
        return 0
        ;;
    esac
  done
  echo 'All ports from 20000 to 31999 are in use.' >&2
  return 1
}

# rerig_rank
# Sets what a rank started by srun is told of itself, out of what Slurm tells it. MASTER_ADDR and MASTER_PORT are set by
# the job script, on the first rig.
rerig_rank() {
  RANK=$SLURM_PROCID
  LOCAL_RANK=$SLURM_LOCALID
  GROUP_RANK=$SLURM_NODEID
  WORLD_SIZE=$SLURM_NTASKS
  # 2(x3),1 is 2,2,2,1: so many ranks on each rig.
  rerig_rig=0
  LOCAL_WORLD_SIZE=1
  IFS=,
  set -- ${SLURM_STEP_TASKS_PER_NODE:-1}
  unset IFS
  for rerig_part in "$@"; do
    rerig_rigs=1
    case $rerig_part in *'(x'*) rerig_rigs=${rerig_part#*'(x'} rerig_rigs=${rerig_rigs%')'} ;; esac
    if [ "$GROUP_RANK" -ge "$rerig_rig" ] && [ "$GROUP_RANK" -lt $((rerig_rig + rerig_rigs)) ]; then
      LOCAL_WORLD_SIZE=${rerig_part%%'('*}
    fi
    rerig_rig=$((rerig_rig + rerig_rigs))
  done
  export RANK LOCAL_RANK GROUP_RANK WORLD_SIZE LOCAL_WORLD_SIZE
}

# rerig_notice FOLDER REASON SECONDS
# Tells in FOLDER/notice.json, whole or not at all, that what runs is ended in so many seconds.
rerig_notice() {
  rerig_ends=$(date -u -d "@$(($(date +%s) + $3))" +%Y-%m-%dT%H:%M:%S.000Z) &&
    printf '{"reason":"%s","endsAt":"%s"}\n' "$2" "$rerig_ends" >"$1/.notice.$$" &&
    mv -f -- "$1/.notice.$$" "$1/notice.json"
}
