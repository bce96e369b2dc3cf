import { gradeCard } from '@rerig/domain/grading';
import { expect, it } from 'vitest';
import { unpricedText } from './unpriced-findings.ts';

function card(memoryTemperatureCelsius: number, temperatureCelsius: number) {
  const reading = { memoryTemperatureCelsius, temperatureCelsius, fanPercent: 70 };
  return gradeCard({ cardId: 'a/0', kind: 'gpu', name: 'GeForce RTX 3090', reading });
}

it('says which warnings the money leaves out, and nothing where there are none', () => {
  expect(unpricedText(card(108, 92))).toBe(
    'Not in these figures: hot memory, hot core, which may take speed, days or the card. See to it first.',
  );
  expect(unpricedText(card(80, 60))).toBeUndefined();
});
