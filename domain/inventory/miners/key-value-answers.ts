import { numberOf } from '../fields.ts';
import type { TextFormat } from '../format.ts';
import { minerBusOf } from './bus.ts';
import { type MinerCard, minerRead } from './miner-card.ts';
import { sgminer } from './sgminer.ts';
import { teamRedMiner } from './teamredminer.ts';

/** A record of such an answer: `GPU=0,Enabled=Y,Temperature=52.00`. */
type KeyValues = Readonly<Record<string, string>>;

/** The longest answer that is read: 64 cards write less. */
const LONGEST_ANSWER_CHARACTERS = 100_000;

/** The most answers of one text. */
const MOST_ANSWERS = 200;

/**
 * The API of sgminer, and of TeamRedMiner that took it over, as it answers a request that is no JSON:
 * `STATUS=S,When=1549343632,…|GPU=0,Temperature=52.00,…|`. It says the same, under the same keys.
 */
export const sgminerText: TextFormat = {
  kind: 'text',
  name: 'sgminer',
  title: 'sgminer’s API as text',
  read(text, source) {
    const answers = answersIn(text, /\bSTATUS=[SIWEF],When=\d/g).map((answer) => sectionsOf(recordsOf(answer, ',')));
    if (answers.length === 0) return undefined;
    const reads = answers.map((answer) => teamRedMiner.read(answer, source) ?? sgminer.read(answer, source));
    return {
      sightings: reads.flatMap((read) => read?.sightings ?? []),
      faults: reads.flatMap((read) => read?.faults ?? []),
    };
  },
};

/** ccminer's answer to `threads`: `GPU=0;BUS=1;CARD=GeForce GTX 1060 6GB;TEMP=71;…|`. */
export const ccminer: TextFormat = {
  kind: 'text',
  name: 'ccminer',
  title: 'ccminer',
  read(text, source) {
    const [answer] = answersIn(text, /\bGPU=\d{1,3};BUS=\d{1,3};CARD=/g).slice(-1);
    if (answer === undefined) return undefined;
    const cards = recordsOf(answer, ';').filter((record) => 'CARD' in record);
    return minerRead({ format: 'ccminer', source, cards: cards.map(cardOf) });
  },
};

/** Each answer is one line; the pattern tells where it begins. */
function answersIn(text: string, start: RegExp): readonly string[] {
  const answers: string[] = [];
  for (let found = start.exec(text); found !== null && answers.length < MOST_ANSWERS; found = start.exec(text)) {
    const newline = text.indexOf('\n', found.index);
    const end = Math.min(newline < 0 ? text.length : newline, found.index + LONGEST_ANSWER_CHARACTERS);
    answers.push(text.slice(found.index, end));
    start.lastIndex = end;
  }
  return answers;
}

function recordsOf(answer: string, separator: string): readonly KeyValues[] {
  return answer.split('|').map((record) =>
    Object.fromEntries(
      record.split(separator).flatMap((pair): [string, string][] => {
        const equals = pair.indexOf('=');
        return equals <= 0 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]];
      }),
    ),
  );
}

/** As the JSON of the same API has them. */
function sectionsOf(records: readonly KeyValues[]): Readonly<Record<string, readonly KeyValues[]>> {
  return {
    STATUS: records.filter((record) => 'STATUS' in record),
    DEVS: records.filter((record) => ['GPU', 'ASC', 'PGA'].some((name) => name in record)),
    DEVDETAILS: records.filter((record) => 'DEVDETAILS' in record),
    POOLS: records.filter((record) => 'POOL' in record),
  };
}

/** Releases differ: power in W or mW, clocks in MHz or kHz; no card draws 2.5 kW or runs at 20 GHz. */
function cardOf(record: KeyValues): MinerCard {
  const kilohashes = numberOf(record.KHS);
  return {
    index: record.GPU,
    name: record.CARD,
    busId: minerBusOf(record.BUS),
    vendor: 'nvidia',
    sensors: {
      celsius: record.TEMP,
      fanPercent: record.FAN,
      fanRpm: record.RPM,
      watts: scaledDown(record.POWER, 2500),
      coreMhz: scaledDown(record.FREQ, 20_000),
      invalidShares: record.HWF,
      hashesPerSecond: kilohashes === undefined ? undefined : kilohashes * 1000,
    },
  };
}

function scaledDown(text: string | undefined, most: number): number | undefined {
  const figure = numberOf(text);
  return figure !== undefined && figure > most ? figure / 1000 : figure;
}
