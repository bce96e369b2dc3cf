import { describe, expect, it } from 'vitest';
import { parseWatchedServer } from './watched-server.ts';

describe('another server on the command line', () => {
  it('is its address and a name', () => {
    expect(parseWatchedServer('http://127.0.0.1:11434=llama3')).toEqual({
      ...{ address: 'http://127.0.0.1:11434', modelName: 'llama3' },
    });
    expect(parseWatchedServer('https://h/v1?a=b=m:8b').modelName).toBe('m:8b');
  });

  it.each(['', 'llama3', '=llama3', '127.0.0.1:1=m', 'http://h=', 'http://=m', 'ftp://h=m'])(
    'is refused as %j',
    (text) => {
      expect(() => parseWatchedServer(text)).toThrow(/URL=NAME|NAME has/);
    },
  );
});
