import type { Rule } from '../rule.ts';

const NOT_ADAPTERS = new Set(['contract', 'gang', 'integration', 'port', 'testing']);

/** Every executor, a folder under executors/, runs the contract test of the port. */
export const executorContract: Rule = {
  name: 'executor-contract',
  why: 'An adapter that keeps the contract can take the place of another without anybody above noticing.',
  check(repository) {
    const folders = repository.files.map((file) => /^executors\/([^/]+)\//.exec(file.path)?.[1]);
    const adapters = [...new Set(folders.filter((folder) => folder !== undefined))];
    return adapters
      .filter((adapter) => !NOT_ADAPTERS.has(adapter))
      .filter((adapter) => {
        const tests = repository.sources.filter(
          ({ path, isTest }) => isTest && path.startsWith(`executors/${adapter}`),
        );
        return !tests.some((test) => /\bdescribeExecutorContract\(/.test(test.text));
      })
      .map((adapter) => ({
        path: repository.files.find((file) => file.path.startsWith(`executors/${adapter}/`))?.path ?? 'executors/',
        line: 1,
        what: `the executor "${adapter}" does not run the contract test`,
        instead: `call describeExecutorContract in executors/${adapter}/${adapter}.test.ts`,
        about: adapter,
      }));
  },
};
