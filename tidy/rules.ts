import type { Rule } from './rule.ts';
import { arrows } from './rules/arrows.ts';
import { casts } from './rules/casts.ts';
import { comments } from './rules/comments.ts';
import { cycles } from './rules/cycles.ts';
import { dependencies } from './rules/dependencies.ts';
import { docstrings } from './rules/docstrings.ts';
import { erasable } from './rules/erasable.ts';
import { errors } from './rules/errors.ts';
import { executorContract } from './rules/executor-contract.ts';
import { namedExports } from './rules/exports.ts';
import { faces } from './rules/faces.ts';
import { faultWords } from './rules/fault-words.ts';
import { fileNames } from './rules/file-names.ts';
import { functions } from './rules/functions.ts';
import { laws } from './rules/laws.ts';
import { length } from './rules/length.ts';
import { packages } from './rules/packages.ts';
import { pureDomain } from './rules/pure-domain.ts';
import { readonlyData } from './rules/readonly-data.ts';
import { roomPages } from './rules/room-pages.ts';
import { tests } from './rules/tests.ts';
import { units } from './rules/units.ts';
import { vocabulary } from './rules/vocabulary.ts';
import { wholeMoney } from './rules/whole-money.ts';

/** Every house rule. A rule that is not here is not checked, and `tidy.test.ts` finds its file. */
export const rules: readonly Rule[] = [
  arrows,
  casts,
  comments,
  cycles,
  dependencies,
  docstrings,
  erasable,
  errors,
  executorContract,
  faces,
  faultWords,
  fileNames,
  functions,
  laws,
  length,
  namedExports,
  packages,
  pureDomain,
  readonlyData,
  roomPages,
  tests,
  units,
  vocabulary,
  wholeMoney,
];
