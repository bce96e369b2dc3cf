import type { JsonFormat } from '../format.ts';
import { parseSgminerAnswer, readSgminerAnswer } from './sgminer-answer.ts';

/** sgminer, sgminer-gm, cgminer and all others in their API: asked after those that have a format of their own. */
export const sgminer: JsonFormat = {
  kind: 'json',
  name: 'sgminer',
  title: 'sgminer or cgminer',
  read(value, source) {
    const answer = parseSgminerAnswer(value);
    return answer === undefined ? undefined : readSgminerAnswer(answer, 'sgminer', source);
  },
};
