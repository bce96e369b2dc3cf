import { faultMaker } from '@rerig/domain/fault';

/** What can keep the console from showing the farm, beyond what the server itself says. */
export const consoleFault = faultMaker({
  'console-unreachable': 'later',
  'console-no-answer': 'later',
  'console-odd-answer': 'after-mend',
  'console-other-version': 'after-mend',
  'console-stream-ended': 'later',
  'console-stream-silent': 'later',
  'console-broken': 'after-mend',
});
