import type { Rule } from '../rule.ts';
import { importsOf } from '../syntax/imports.ts';
import { roomsOf } from './room-pages.ts';

/** Each room of domain/ states its laws as properties, checked by fast-check over inputs that nobody chose. */
export const laws: Rule = {
  name: 'laws',
  why: 'A table of examples holds the cases that somebody thought of.',
  check: (repository) =>
    roomsOf(repository)
      .filter((room) => room.startsWith('domain/'))
      .filter((room) => {
        const tests = repository.sources.filter(({ path, isTest }) => isTest && path.startsWith(room));
        return !tests.some((test) => importsOf(test).some(({ specifier }) => specifier === 'fast-check'));
      })
      .map((room) => ({
        path: `${room}.ts`,
        line: 1,
        what: `${room} has no property test`,
        instead: 'state a law of it with fast-check (parse∘format is identity, postings sum to zero, …)',
        about: '',
      })),
};
