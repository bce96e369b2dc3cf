import type { JsonFormat, TextFormat } from './format.ts';
import { hiveHello } from './hive-hello.ts';
import { hiveStats } from './hive-stats.ts';

/** Every format that is read, each asked in this order; the first that knows a JSON value has it. */
export const jsonFormats: readonly JsonFormat[] = [hiveHello, hiveStats];

/** Every format of plain text: all of them are asked of a text, which may hold sections of several. */
export const textFormats: readonly TextFormat[] = [];
