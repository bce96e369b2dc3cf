import type { JsonFormat } from '../format.ts';
import { parseSgminerAnswer, readSgminerAnswer } from './sgminer-answer.ts';

/** TeamRedMiner in the API of sgminer, 0.3 to 0.10: rates in the unit that a field's name begins with. */
export const teamRedMiner: JsonFormat = {
  kind: 'json',
  name: 'teamredminer',
  title: 'TeamRedMiner',
  read(value, source) {
    const answer = parseSgminerAnswer(value);
    if (answer === undefined || !/teamredminer/i.test(answer.description)) return undefined;
    return readSgminerAnswer(answer, 'teamredminer', source);
  },
};
