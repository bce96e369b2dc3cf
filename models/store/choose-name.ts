import { type ModelFault, modelFault } from '../faults.ts';
import { MODEL_NAME, nameFrom } from './entry.ts';

/** The name of a model: the one asked for, or one made from its file's. */
export function chooseName(asked: string | undefined, fileStem: string): string | ModelFault {
  const name = asked ?? nameFrom(fileStem);
  if (MODEL_NAME.test(name)) return name;
  return modelFault('source_unreadable', {
    what: `"${(asked ?? fileStem).slice(0, 140)}" can't be the name of a model.`,
    why: 'A name has 1 to 128 letters, digits, dots, hyphens and underscores, and begins with a letter or a digit.',
    mend: 'Give another with --name NAME.',
  });
}
