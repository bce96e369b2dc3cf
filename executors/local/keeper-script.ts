/** Bytes that one part of a kept log has at most; two of them are kept. */
export const PART_BYTES_MAX = 16 * 1024 * 1024;

const BLOCK_BYTES = 4096;

/**
 * The shell that stands by a run which outlives us: it keeps what the run writes in parts of a bounded size, and its exit
 * status. `sh -c KEEPER sh RUN_FOLDER RUN_ID RUN_PATH COMMAND…`, in a session of its own. RUN_PATH is the
 * run's: it may lead to none of the programs that the keeper needs.
 *
 * - `pid`: the run's first process, leader of a group of its own.
 * - `out.N.LINE`: part N of stdout and stderr together, LINE being how many lines the parts before it had. When a part is
 *   full the next is begun, and the one before it is removed.
 * - `exit`: the exit status, 128 + the signal where one ended it. It is there wholly or not at all, and its room on the disk
 *   is taken at the start, so that it is written also where the disk is full by then.
 * - `closed`: nothing more will be written.
 *
 * Only the run carries its mark: what carries it is killed with its whole group, when the run has ended.
 *
 * `dd` copies as it reads, at most so many blocks, so that lines are seen at once and a part is bounded. Where the disk is
 * full, as much is read into nothing, so that the run does not stand still.
 */
export const KEEPER = `
d=$1; r=$2; p=$3; shift 3
echo '   ' >"$d/exit.new"
{
  unset RERIG_KEEPER_RUN
  RERIG_WORKLOAD_RUN="$r" setsid sh -c 'echo $$ >"$0/pid.new"; mv -f "$0/pid.new" "$0/pid"; PATH=$1; shift; exec "$@"' "$d" "$p" "$@"
  echo $? 1<>"$d/exit.new"; mv -f "$d/exit.new" "$d/exit"
} 2>&1 | {
  n=0; lines=0
  while :; do
    part="$d/out.$n.$lines"
    if dd bs=${BLOCK_BYTES} count=${PART_BYTES_MAX / BLOCK_BYTES} of="$part" 2>/dev/null; then
      [ -s "$part" ] || break
    else
      set -- $(dd bs=${BLOCK_BYTES} count=${PART_BYTES_MAX / BLOCK_BYTES} 2>/dev/null | wc -lc)
      [ "\${2:-0}" -gt 0 ] || break
      lines=$((lines + $1))
    fi
    added=$(wc -l <"$part") 2>/dev/null
    lines=$((lines + \${added:-0}))
    rm -f "$d/out.$((n - 1))".*
    n=$((n + 1))
  done
  : >"$d/closed"
}
`;
