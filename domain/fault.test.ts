import { describe, expect, it } from 'vitest';
import { FaultError, faultMaker, InvariantError, isFault, unreachable } from './fault.ts';

const makeFault = faultMaker({ 'kettle-dry': 'after-mend', 'kettle-hot': 'later' });
const words = { what: 'No tea.', why: 'The kettle is dry.', mend: 'Fill it.' };

describe('a fault', () => {
  it('carries the retry answer that its table gives', () => {
    expect(makeFault('kettle-dry', words)).toEqual({
      kind: 'fault',
      code: 'kettle-dry',
      ...words,
      retry: 'after-mend',
    });
    expect(makeFault('kettle-hot', words).retry).toBe('later');
  });

  it('is told apart from values', () => {
    expect(isFault(makeFault('kettle-dry', words))).toBe(true);
    for (const value of [null, undefined, 0, '', 'fault', {}, { kind: 'done' }, []]) expect(isFault(value)).toBe(false);
  });

  it('is thrown as an error that says what, why and mend', () => {
    expect(new FaultError(makeFault('kettle-dry', words)).message).toBe('No tea. The kettle is dry. Fill it.');
  });

  it('is not what a missing case throws: that is broken code', () => {
    expect(() => unreachable(JSON.parse('"tea"') as never)).toThrow(InvariantError);
  });
});
