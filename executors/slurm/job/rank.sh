# One rank of a workload, on its rig. Before it stand the settings in capitals and the functions card and launch.
#
# It tells the head what happens by curl: the log as it comes, a notice, the end. Where the head is silent, the log waits
# in a file, and the exit code is Slurm's. Signals: WINCH asks for the end, URG is the notice of a preemption, CONT asks
# to report anew; by default, programs ignore all three, for Slurm sends them to each process of a step.
# Each process that it starts costs a short workload more than the workload: what ends at once is told by one curl.
umask 077
# What it starts beside the command must hold no step open.
exec </dev/null >/dev/null 2>&1
rerig_rank
RUN=${SLURM_RESTART_COUNT:-0}
LOG_KEPT_BYTES=8388608
LAST_BYTES=4194304
WHOLE_BYTES=65536
LOCK_SECONDS=30
# What writes nothing in the first of these, and what ends within both, is not followed.
FIRST_SECONDS=0.1
SECOND_SECONDS=0.2
P= K= F= woke= noticed= stopped=

BASE=$RUN_FOLDER/$SLURMD_NODENAME/$SLURM_JOB_ID
D=$BASE-$RUN-$RANK
Q="run=$RUN&rank=$RANK&rig=$SLURMD_NODENAME"

ask() { curl -fsS -m 5 -H "@$D/auth" "$@" 2>/dev/null; }

# Sends the log as it grows, from a byte on; begins anew where the head went away. From the start, once there is a line or
# the workload has lasted.
follow() {
  T= C= B=
  trap 'kill $T $C $B 2>/dev/null; exit 0' TERM
  at=$1
  if [ "$at" = 0 ]; then
    rest_for $FIRST_SECONDS
    [ -s "$D/log" ] || rest_for $SECOND_SECONDS
  fi
  [ -p "$D/pipe" ] || mkfifo "$D/pipe"
  bound &
  B=$!
  while :; do
    if [ -n "$at" ]; then
      tail -c "+$((at + 1))" -f "$D/log" >"$D/pipe" 2>/dev/null &
      T=$!
      curl -fsS -o /dev/null -H Expect: -H "@$D/auth" -T - "$HEAD/log?$Q&at=$at" <"$D/pipe" 2>/dev/null &
      C=$!
      wait $C
      kill $T 2>/dev/null
    fi
    rest_for 2
    at=$(ask "$HEAD/log?$Q") || at=
  done
}

# Rests for some seconds, out of which a signal wakes: its trap ends C.
rest_for() {
  sleep "$1" &
  C=$!
  wait $C
}

# Gives the disk back what the log's oldest part takes: its length stays, so that what was sent is still counted right.
bound() {
  C=
  trap 'kill $C 2>/dev/null; exit 0' TERM
  freed=0
  while rest_for 5; do
    has_room || : >"$D/was-full"
    length=$(stat -c %s "$D/log") || return
    [ $((length - freed)) -gt $((2 * LOG_KEPT_BYTES)) ] || continue
    freed=$(((length - LOG_KEPT_BYTES) / 4096 * 4096))
    fallocate -p -o 0 -l $freed "$D/log" 2>/dev/null || : >"$D/log"
  done
}

# Whether the disk takes more; where it does not, lines of the log are lost.
has_room() { printf . >"$D/room"; }

# Asks the command to end, and after some seconds kills all of its session.
end_within() {
  [ -n "$P" ] || return
  kill -TERM "$P" 2>/dev/null
  (
    sleep "$1"
    kill -KILL "-$P" 2>/dev/null
    over
  ) &
  K="$K $!"
}

on_stop() {
  woke=1
  [ -z "$stopped" ] || return
  stopped=1
  end_within "$STOP_SECONDS"
}

on_notice() {
  woke=1
  [ -z "$noticed" ] || return
  noticed=1
  [ "$RANK" -ne 0 ] || : >"$BASE-$RUN-noticed"
  # Slurm sends CONT beside it, whose trap breaks off what runs here: then it is written again.
  for try in 1 2 3; do
    rerig_notice "$D/notice" preempted "${NOTICE_SECONDS%.*}" && chmod 644 "$D/notice/notice.json" && break
  done
  # Told before it is asked: it may ask at once, and not again.
  ask -m 1 -o /dev/null -X POST "$HEAD/notice?$Q"
  [ -n "$P" ] || return
  kill -TERM "$P" 2>/dev/null
  (
    sleep "$NOTICE_SECONDS"
    kill -TERM "$P" 2>/dev/null
    sleep "$STOP_SECONDS"
    kill -KILL "-$P" 2>/dev/null
    over
  ) &
  K="$K $!"
}

# Slurm ends the job: a second later it kills.
on_term() {
  woke=1
  end_within 1
}

on_cont() {
  woke=1
  [ -n "$P" ] || return
  [ -z "$F" ] || kill -TERM "$F" 2>/dev/null
  follow '' &
  F=$!
}

trap on_stop WINCH
trap on_notice URG
trap on_term TERM
trap on_cont CONT

mkdir -p -m 755 "$D/notice" && printf '' >"$D/log" &&
  printf 'Authorization: Bearer %s\n' "$TOKEN" >"$D/auth" || {
  # Its rig is taken out of service, and it runs on another.
  curl -fsS -m 5 -o /dev/null -H "Authorization: Bearer $TOKEN" -X POST "$HEAD/end?$Q&code=$NOTICED_CODE&why=folder" 2>/dev/null
  exit "$NOTICED_CODE"
}
follow 0 &
F=$!

# Its cards: those of all its ranks on this rig, of which a program takes its own by LOCAL_RANK.
IFS=,
set -- ${SLURM_STEP_GPUS:-${SLURM_JOB_GPUS:-}}
unset IFS
CUDA= ROCR= CARD_FILES=
for i in "$@"; do
  VENDOR=- UUID=- FILE=-
  card "$SLURMD_NODENAME/$i"
  if [ "$FILE" = - ] && [ -r "$CARD_MAP" ]; then
    VENDOR=$(awk -F '\t' -v i="$i" '$1 == i { print $3 }' "$CARD_MAP")
    UUID=$(awk -F '\t' -v i="$i" '$1 == i { print $4 }' "$CARD_MAP")
    FILE=$(awk -F '\t' -v i="$i" '$1 == i { print $5 }' "$CARD_MAP")
  fi
  case $VENDOR/$UUID in
  */- | */) ;;
  nvidia/*) CUDA=${CUDA:+$CUDA,}$UUID ;;
  amd/*) ROCR=${ROCR:+$ROCR,}$UUID ;;
  esac
  CARD_FILES="$CARD_FILES $FILE"
done

# One owner per card, whatever Slurm believes: a run that was cut off, and that Slurm started anew elsewhere, keeps its
# cards on this rig until the last of its processes is gone. Each rank locks those of its turn.
LOCKS= OWN=
COUNT=$(($# / LOCAL_WORLD_SIZE))
place=0
for i in "$@"; do
  if [ "$COUNT" -gt 0 ] && [ $((place / COUNT)) -eq "$LOCAL_RANK" ]; then
    LOCKS="$LOCKS flock --no-fork --wait $LOCK_SECONDS --conflict-exit-code 75 $RUN_FOLDER/$SLURMD_NODENAME/card-$i.lock"
    OWN=${OWN:+$OWN,}$i
  fi
  place=$((place + 1))
done

RERIG_OUTPUT_FOLDER= RERIG_EARLIER_OUTPUT_FOLDERS=
if [ -n "$OUTPUT_FOLDER" ] && ! rerig_output_folders "$OUTPUT_FOLDER" "$RUN" 2>>"$D/log"; then
  launch() { exit 1; }
fi

launch </dev/null >>"$D/log" 2>&1 &
P=$!
[ -z "$stopped$noticed" ] || end_within "$STOP_SECONDS"
while :; do
  woke=
  wait "$P"
  CODE=$?
  [ -n "$woke" ] || break
done
kill -KILL "-$P" 2>/dev/null
over
for k in $K $F; do kill "$k" 2>/dev/null; done

# The rest of the log, and how it ended. A head that is away for longer asks Slurm.
# A short log is sent whole, for the head passes over what it has heard; of a long one, what it lacks.
has_room && [ ! -e "$D/was-full" ] || Q="$Q&why=full"
length=0
[ ! -s "$D/log" ] || length=$(stat -c %s "$D/log")
for try in 1 2 3; do
  at=0
  if [ "$length" -le $WHOLE_BYTES ] || at=$(ask "$HEAD/log?$Q"); then
    [ $((length - at)) -le $LAST_BYTES ] || at=$((length - LAST_BYTES))
    url="$HEAD/end?$Q&code=$CODE&at=$at&cards=$OWN"
    if [ "$at" -gt 0 ]; then
      tail -c "+$((at + 1))" "$D/log" | ask -o /dev/null -H 'Content-Type: application/octet-stream' --data-binary @- "$url" && break
    else
      ask -o /dev/null -H 'Content-Type: application/octet-stream' --data-binary "@$D/log" "$url" && break
    fi
  fi
  [ -n "$noticed" ] || sleep 0.5
done
rm -rf "$D"
# The first rank of several that ends as asked must not fail: srun would kill the others before their checkpoint.
[ -z "${RERIG_RANK:-}" ] || [ -z "$noticed$stopped" ] || exit 0
[ -z "$noticed" ] || [ -n "$stopped" ] || exit "$NOTICED_CODE"
exit "$CODE"
