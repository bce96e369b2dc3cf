import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { rerigProgram } from './program.ts';

function helps(command: Command, path: readonly string[] = []): readonly (readonly [name: string, text: string])[] {
  const own = [...path, command.name()];
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) }).outputHelp();
  return [[own.join(' '), parts.join('')], ...command.commands.flatMap((each) => helps(each, own))];
}

it.each(['10.0.0.300', '10.0.0', '10.0.0.1:7413', 'head name'])(
  'takes %j for no address of a head',
  async (address) => {
    const program = await rerigProgram('farm');
    program.commands[0]?.commands.forEach((each) => void each.configureOutput({ outputError: () => undefined }));
    const typed = ['farm', 'init', '--executor', 'slurm', '--address', address, '--dry-run'];
    await expect(program.parseAsync(typed, { from: 'user' })).rejects.toThrow('such as 10.0.0.1');
  },
);

it('has help for every command that fits a terminal of 80 columns', async () => {
  const all = helps(await rerigProgram(undefined));
  expect(all.length).toBeGreaterThan(30);
  const wide = all.flatMap(([name, text]) =>
    text.split('\n').flatMap((line) => (line.length > 80 ? [[name, line]] : [])),
  );
  expect(wide).toEqual([]);
});
