import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes, readDuration, readNumber, readRate, readSwitch } from './measures.ts';

describe('what people write for sizes, rates and times', () => {
  it.each([
    ['8GB', 8e9],
    ['8 gb', 8e9],
    ['1.5GiB', 1.5 * 1024 ** 3],
    ['512MiB', 512 * 1024 ** 2],
    ['0B', 0],
  ])('%s is a size', (text, value) => {
    expect(readBytes(text)).toEqual({ value });
  });

  it.each(['8', '8G', 'GB', '-1GB', '8GB/s', ''])('"%s" is no size, and an example is given', (text) => {
    expect(readBytes(text)).toEqual({ wrong: expect.stringContaining('like 8GB') });
  });

  it('a rate is a size a second', () => {
    expect(readRate('1GB/s')).toEqual({ value: 1e9 });
    expect(readRate('250 MB / s')).toEqual({ value: 250e6 });
    expect(readRate('1GB')).toEqual({ wrong: expect.stringContaining('1GB/s') });
  });

  it.each([
    ['90s', 90_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1d 2h', 93_600_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['0', 0],
  ])('%s is a time', (text, value) => {
    expect(readDuration(text)).toEqual({ value });
  });

  it.each(['2', '2 hours', '30m1h', 'h', '', '-1s'])('"%s" is no time, and an example is given', (text) => {
    expect(readDuration(text)).toEqual({ wrong: expect.stringContaining('like 90s') });
  });

  it('numbers stay within their range, and switches are true or false', () => {
    expect(readNumber('64', 0, 64)).toEqual({ value: 64 });
    expect(readNumber('65', 0, 64)).toEqual({ wrong: '"65" is no whole number from 0 to 64.' });
    expect(readNumber('0.5', 0.1, 64, false)).toEqual({ value: 0.5 });
    expect(readNumber('1e1', 0, 64)).toHaveProperty('wrong');
    expect(readSwitch('false')).toEqual({ value: false });
    expect(readSwitch('yes')).toHaveProperty('wrong');
  });

  it('no text makes a reader throw, and a whole number of each unit is read as it is written', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const read of [readBytes, readRate, readDuration, readSwitch]) expect(read(text)).toBeTypeOf('object');
      }),
    );
    fc.assert(
      fc.property(fc.nat(1000), (count) => {
        expect(readDuration(`${count}h${count}ms`)).toEqual({ value: count * 3_600_001 });
        expect(readBytes(`${count}MiB`)).toEqual({ value: count * 1024 ** 2 });
      }),
    );
  });
});
