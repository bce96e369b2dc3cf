import { type ModelFault, modelFault } from '../faults.ts';

/** Statuses that waiting may mend. */
const PASSING: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** Whether an answer's status may be another in a while. */
export function isPassingStatus(status: number): boolean {
  return PASSING.includes(status);
}

/** What a source's refusal means. `label` names what was asked for, as the user gave it; `hasToken`: one was sent. */
export function statusFault(label: string, response: Response, hasToken: boolean): ModelFault {
  const { status } = response;
  const said = sourceWords(response);
  switch (status) {
    case 401:
    case 403:
      return modelFault('source_refused', {
        what: `${label} is not given to everybody.`,
        why: `Its source answers ${status}${said}, ${hasToken ? 'with the token that was sent' : 'as no token was sent'}.`,
        mend: tokenMend(label, hasToken),
      });
    case 404:
    case 410:
      return modelFault('source_not_found', {
        what: `${label} is not there.`,
        why: `Its source answers ${status}${said}.`,
        mend: label.startsWith('hf:')
          ? `See what there is with "rerig models add ${label.split('/').slice(0, 2).join('/')}".`
          : 'Compare the address, letter by letter, with that of its page.',
      });
    case 416:
      return modelFault('source_refused', {
        what: `${label} can't be fetched.`,
        why: 'Its source answers 416: it does not have the bytes that were asked for.',
        mend: 'Give the command again; if it stays so, the file at the source is empty or broken.',
      });
    default:
      return modelFault(isPassingStatus(status) ? 'source_gone_wrong' : 'source_refused', {
        what: `${label} can't be fetched.`,
        why: `Its source answers ${status}${said}.`,
        mend: isPassingStatus(status)
          ? 'Give the same command again later: what came is kept.'
          : 'Open the address in a browser to see what it says.',
      });
  }
}

function tokenMend(label: string, hasToken: boolean): string {
  if (label.startsWith('farm:')) return 'Give --token with the token that "rerig models serve" shows on that machine.';
  if (!label.startsWith('hf:')) return 'Fetch it in a browser or with your own tools, and add the file by its path.';
  return hasToken
    ? 'Accept the licence on the model’s page with the account that the token in HF_TOKEN is of.'
    : 'Accept the licence on the model’s page, make a token there, and set it as HF_TOKEN.';
}

/** The hub says why in a header of its own. It comes from outside: nothing but letters is shown. */
function sourceWords({ headers }: Response): string {
  const words = headers.get('x-error-message') ?? headers.get('x-error-code') ?? '';
  const clean = words.replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim();
  return clean === '' ? '' : ` (${clean.slice(0, 160)})`;
}
