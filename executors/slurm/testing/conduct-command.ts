import type { Conduct } from '../../contract.ts';

const SERVE = `echo hello; echo '{"event":"ready","model":"m"}'; exec sleep 1000`;
const FAULT = '{"kind":"fault","code":"no-such-model","what":"w","why":"y","mend":"m","retry":"after-mend"}';

/** The command, of POSIX sh alone, by which a workload does as the contract has it. */
export function conductCommand(conduct: Conduct): readonly string[] {
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
    case 'refuse':
      return `echo '{"event":"failed","fault":${FAULT}}'; exit 1`;
    case 'chatter':
      return `seq 100000; ${SERVE}`;
  }
}
