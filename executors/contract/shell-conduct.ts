import type { Conduct } from './contract-run.ts';

const SERVE = `echo hello; echo '{"event":"ready","model":"m"}'; exec sleep 1000`;
const FAULT = '{"kind":"fault","code":"no-such-model","what":"w","why":"y","mend":"m","retry":"after-mend"}';

const HEED = `
heed() {
  if [ -e "$RERIG_NOTICE_FOLDER/notice.json" ]; then
    echo "notice $(sed -n 's/.*"reason":"\\([a-z]*\\)".*/\\1/p' "$RERIG_NOTICE_FOLDER/notice.json")"
  fi
  exit 0
}
trap heed TERM
echo hello
while :; do sleep 1000 & wait; done`;

/** The command, of POSIX sh, sleep, seq and sed alone, by which a workload does as the contract has it. */
export function shellConduct(conduct: Conduct): readonly string[] {
  return ['/bin/sh', '-c', scriptOf(conduct)];
}

function scriptOf(conduct: Conduct): string {
  switch (conduct) {
    case 'serve':
      return SERVE;
    case 'wait':
      return 'exec sleep 1000';
    case 'stubborn':
      return `trap '' TERM; ${SERVE.replace('exec sleep 1000', 'while :; do sleep 1; done')}`;
    case 'leave':
      return `echo '{"event":"ready"}'`;
    case 'crash':
      return 'echo no; exit 3';
    case 'finish':
      return 'echo hello';
    case 'heed':
      return HEED;
    case 'rank':
      return 'echo "rank $RANK of $WORLD_SIZE, run $RERIG_RESTART_COUNT"; exec sleep 1000';
    case 'desert':
      return '[ "$RANK" = 1 ] && sleep 0.3 && exit 5; exec sleep 1000';
    case 'refuse':
      return `echo '{"event":"failed","fault":${FAULT}}'; exit 1`;
    case 'chatter':
      return `seq 100000; ${SERVE}`;
  }
}
