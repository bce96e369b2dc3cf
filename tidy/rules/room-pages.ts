import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Rule } from '../rule.ts';
import { workspaceNames } from '../syntax/manifest.ts';

const HEADINGS = ['Owns', 'Does not own', 'Words', 'Invariants'];
const SCREEN_LINES_MAX = 80;

/** Each room has a README of one screen: owns, does not own, words, invariants. */
export const roomPages: Rule = {
  name: 'room-pages',
  why: 'A newcomer learns in one screen what a room promises, and what to look for elsewhere.',
  check: (repository) => roomsOf(repository).flatMap((room) => checkRoom(repository, room)),
};

/** The workspaces, and the folders of domain/ with a face beside them. */
export function roomsOf(repository: Repository): readonly string[] {
  const inside = repository.files
    .map((file) => /^(domain\/[^/]+)\.ts$/.exec(file.path)?.[1])
    .filter((room) => room !== undefined)
    .filter((room) => repository.files.some((file) => file.path.startsWith(`${room}/`)));
  return [...workspaceNames(repository), ...inside];
}

function checkRoom(repository: Repository, room: string): readonly Finding[] {
  const path = `${room}/README.md`;
  const page = repository.fileByPath.get(path);
  if (page === undefined) {
    const face = [`${room}.ts`, `${room}/package.json`].find((each) => repository.fileByPath.has(each));
    return [finding(face ?? 'package.json', `there is no ${path}`, `write it: ${HEADINGS.join(', ')}`)];
  }
  const headings = page.text.match(/^#+ .*$/gm) ?? [];
  const missing = HEADINGS.filter((heading) => !headings.some((line) => line.replace(/^#+ /, '').trim() === heading));
  const lineCount = page.text.split('\n').length - 1;
  return [
    ...missing.map((heading) => finding(path, `no heading "${heading}"`, `## ${heading}`)),
    ...(lineCount > SCREEN_LINES_MAX ? [finding(path, `${lineCount} lines are more than a screen`, 'say less')] : []),
  ];
}

function finding(path: string, what: string, instead: string): Finding {
  return { path, line: 1, what, instead, about: '' };
}
