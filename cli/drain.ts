import { cardListSchema, type DrainRequest } from '@rerig/api/agent';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { defaultDataFolder } from './default-data-folder.ts';
import { askDoor } from './door/door-client.ts';
import { reachAgent } from './door/reach-agent.ts';
import { orThrow } from './or-throw.ts';

const WHY_CHARACTERS_MAX = 500;

interface DrainFlags {
  readonly data: string;
  readonly why?: string;
  readonly json?: boolean;
}

/** `rerig drain`: takes a card or a rig out of use. */
export function drainCommand(): Command {
  return begin('drain', 'Take a card or a rig out of use: what runs goes on to its end, nothing else starts.')
    .requiredOption('--why <text>', 'the reason, for those who look', parseWhy)
    .addHelpText(
      'after',
      '\nExamples:\n  $ rerig drain rig-1/01:00.0 --why "fan is loud"\n  $ rerig drain rig-1 --why "new risers"',
    )
    .action((target: string, flags: DrainFlags) => change(target, flags, 'drain'));
}

/** `rerig resume`: brings it back. */
export function resumeCommand(): Command {
  return begin('resume', 'Bring a card or a rig back into use.')
    .addHelpText('after', '\nExamples:\n  $ rerig resume rig-1/01:00.0\n  $ rerig resume rig-1')
    .action((target: string, flags: DrainFlags) => change(target, flags, 'resume'));
}

function begin(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<card-or-rig>', 'its id, as "rerig cards" shows it')
    .option('--data <dir>', 'the data folder', defaultDataFolder())
    .option('--json', 'print one JSON document')
    .configureHelp({ helpWidth: 80 });
}

async function change(asked: string, { data, why, json = false }: DrainFlags, verb: 'drain' | 'resume'): Promise<void> {
  const { socketPath } = orThrow(await reachAgent(data));
  const target = await targetOf(socketPath, asked);
  const body = verb === 'drain' ? { target, why } : { target };
  orThrow(await askDoor(socketPath, { method: 'POST', path: `/cards/${verb}`, body }, z.object({})));
  const { cards } = orThrow(await askDoor(socketPath, { path: '/cards' }, cardListSchema));
  const meant = cards.filter(({ cardId, rigId }) =>
    target.kind === 'card' ? cardId === target.cardId : rigId === target.rigId,
  );
  if (json) process.stdout.write(`${JSON.stringify({ cards: meant }, null, 2)}\n`);
  else for (const { cardId, standing } of meant) process.stderr.write(`✔ ${cardId}: ${standing}\n`);
}

/** A rig where one is called so, else a card: the executor says where neither is. */
async function targetOf(socketPath: string, asked: string): Promise<DrainRequest['target']> {
  const { cards } = orThrow(await askDoor(socketPath, { path: '/cards' }, cardListSchema));
  const isRig = cards.some(({ rigId }) => rigId === asked);
  return isRig ? { kind: 'rig', rigId: asked } : { kind: 'card', cardId: asked };
}

function parseWhy(text: string): string {
  if (text.trim() !== '' && text.length <= WHY_CHARACTERS_MAX) return text;
  throw new InvalidArgumentError(`It must be a text of at most ${WHY_CHARACTERS_MAX} characters.`);
}
