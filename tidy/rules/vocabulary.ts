import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { findingAt, type Source } from '../source.ts';
import { declaredNames, wordsOf } from '../syntax/names.ts';

/** Words that mean too many things, each with the words of GLOSSARY.md that are meant instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['node', 'rig'],
  ['worker', 'rig, replica or agent'],
  ['engine', 'model server or executor'],
  ['device', 'card'],
  ['resource', 'card, rig or capacity'],
  ['task', 'workload, job or command'],
  ['service', 'replica or server'],
  ['manager', 'a verb on a noun'],
]);

/** Vendors' words in vendors' rooms, and Node as the name of the runtime. */
const ADAPTERS = /^executors\/(slurm|kubernetes)\//;
const RUNTIME = /^node(Version|Modules|Path|Binary|Executable|Args|Options)$|VISIBLE_DEVICES|visibleDevices/i;

/** One vocabulary: names that we declare, and names of files, use the words of GLOSSARY.md. */
export const vocabulary: Rule = {
  name: 'vocabulary',
  why: 'Two words for one thing hide that it is one thing; one word for two hides that they differ.',
  check: (repository) => [...checkFiles(repository), ...repository.sources.flatMap(checkSource)],
};

function checkFiles(repository: Repository): readonly Finding[] {
  return repository.files
    .filter((file) => !ADAPTERS.test(file.path))
    .flatMap((file) => {
      const word = refusedWord(posix.join(...file.path.split('/').map((part) => part.split('.')[0] ?? '')));
      return word === undefined
        ? []
        : [{ path: file.path, line: 1, what: `the word "${word}" in a path`, instead: better(word), about: word }];
    });
}

function checkSource(source: Source): readonly Finding[] {
  if (ADAPTERS.test(source.path)) return [];
  return declaredNames(source).flatMap(({ name, at }) => {
    const word = RUNTIME.test(name) ? undefined : refusedWord(name);
    return word === undefined ? [] : [findingAt(source, at, `the word "${word}" in ${name}`, better(word), word)];
  });
}

function refusedWord(name: string): string | undefined {
  return wordsOf(name)
    .map((word) => (REFUSED.has(word) ? word : word.replace(/s$/, '')))
    .find((word) => REFUSED.has(word));
}

function better(word: string): string {
  return REFUSED.get(word) ?? '';
}
