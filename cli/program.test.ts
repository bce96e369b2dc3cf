import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { rerigProgram } from './program.ts';

function helps(command: Command, path: readonly string[] = []): readonly (readonly [name: string, text: string])[] {
  const own = [...path, command.name()];
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) }).outputHelp();
  return [[own.join(' '), parts.join('')], ...command.commands.flatMap((each) => helps(each, own))];
}

it('has help for every command that fits a terminal of 80 columns', async () => {
  const all = helps(await rerigProgram(undefined));
  expect(all.length).toBeGreaterThan(30);
  const wide = all.flatMap(([name, text]) =>
    text.split('\n').flatMap((line) => (line.length > 80 ? [[name, line]] : [])),
  );
  expect(wide).toEqual([]);
});
