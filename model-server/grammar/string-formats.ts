import { charactersOf, choice, type Form, type GrammarRules, optional, repeat, sequence, text } from './gbnf.ts';
import { digit } from './json-forms.ts';

/** The inside of strings of a format; `undefined` for a format that is not known. All of it is ASCII without escapes. */
export function stringFormat(rules: GrammarRules, format: string): Form | undefined {
  const make = FORMATS.get(format);
  return make && rules.once(format, () => make(rules));
}

const FORMATS: ReadonlyMap<string, (rules: GrammarRules) => Form> = new Map([
  ['date', date],
  ['time', time],
  [
    'date-time',
    (rules: GrammarRules) =>
      sequence(
        rules.once('date', () => date(rules)),
        text('T'),
        rules.once('time', () => time()),
      ),
  ],
  ['duration', duration],
  ['uuid', uuid],
  ['email', email],
  ['hostname', hostname],
  ['ipv4', ipv4],
  ['ipv6', ipv6],
]);

function date(rules: GrammarRules): Form {
  const year = repeat(digit(), 4, 4);
  const day28 = choice(
    sequence(text('0'), charactersOf('1-9')),
    sequence(text('1'), digit()),
    sequence(text('2'), charactersOf('0-8')),
  );
  const any = rules.once('day-28', () => day28);
  const day30 = choice(any, text('29'), text('30'));
  const long = choice(text('01'), text('03'), text('05'), text('07'), text('08'), text('10'), text('12'));
  const short = choice(text('04'), text('06'), text('09'), text('11'));
  // The 29th of February is left out: what years have it is more than a grammar should know.
  return sequence(
    year,
    text('-'),
    choice(
      sequence(long, text('-'), choice(day30, text('31'))),
      sequence(short, text('-'), day30),
      sequence(text('02-'), any),
    ),
  );
}

function time(): Form {
  const hour = choice(sequence(charactersOf('01'), digit()), sequence(text('2'), charactersOf('0-3')));
  const sixty = sequence(charactersOf('0-5'), digit());
  const fraction = optional(sequence(text('.'), repeat(digit(), 1, 9)));
  const zone = choice(text('Z'), sequence(choice(text('+'), text('-')), hour, text(':'), sixty));
  return sequence(hour, text(':'), sixty, text(':'), sixty, fraction, zone);
}

/** ISO 8601's, as RFC 3339 has it in its appendix A. */
function duration(): Form {
  const count = repeat(digit(), 1, 9);
  const seconds = sequence(count, text('S'));
  const minutes = sequence(count, text('M'), optional(seconds));
  const hours = sequence(count, text('H'), optional(minutes));
  const time = sequence(text('T'), choice(hours, minutes, seconds));
  const days = sequence(count, text('D'));
  const months = sequence(count, text('M'), optional(days));
  const years = sequence(count, text('Y'), optional(months));
  const dates = sequence(choice(years, months, days), optional(time));
  return sequence(text('P'), choice(dates, time, sequence(count, text('W'))));
}

function uuid(): Form {
  const hex = (count: number) => repeat(charactersOf('0-9a-fA-F'), count, count);
  return sequence(hex(8), text('-'), hex(4), text('-'), hex(4), text('-'), hex(4), text('-'), hex(12));
}

function hostname(rules: GrammarRules): Form {
  const label = hostLabel(rules);
  return sequence(
    label,
    repeat(
      rules.once('host-more', () => sequence(text('.'), label)),
      0,
      3,
    ),
  );
}

function hostLabel(rules: GrammarRules): Form {
  const inner = sequence(repeat(text('-'), 0, 1), charactersOf('a-zA-Z0-9'));
  return rules.once('host-label', () =>
    sequence(
      charactersOf('a-zA-Z'),
      repeat(
        rules.once('host-inner', () => inner),
        0,
        30,
      ),
    ),
  );
}

/** What every mail server takes; no quoted names, no plain host. */
function email(rules: GrammarRules): Form {
  const word = repeat(charactersOf('a-zA-Z0-9_'), 1, 30);
  const more = rules.once('mail-more', () => sequence(choice(text('.'), text('-'), text('+')), word));
  const label = hostLabel(rules);
  return sequence(
    word,
    repeat(more, 0, 1),
    text('@'),
    label,
    text('.'),
    optional(sequence(label, text('.'))),
    repeat(charactersOf('a-z'), 2, 10),
  );
}

function ipv4(rules: GrammarRules): Form {
  const octet = rules.once('octet', () =>
    choice(
      digit(),
      sequence(charactersOf('1-9'), digit()),
      sequence(text('1'), digit(), digit()),
      sequence(text('2'), charactersOf('0-4'), digit()),
      sequence(text('25'), charactersOf('0-5')),
    ),
  );
  return sequence(octet, text('.'), octet, text('.'), octet, text('.'), octet);
}

/** All eight groups, without abbreviation. */
function ipv6(rules: GrammarRules): Form {
  const group = rules.once('hex-group', () => repeat(charactersOf('0-9a-fA-F'), 1, 4));
  return sequence(
    group,
    repeat(
      rules.once('hex-more', () => sequence(text(':'), group)),
      7,
      7,
    ),
  );
}
