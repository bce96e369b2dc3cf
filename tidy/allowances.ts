import type { Allowance } from './allowance.ts';

/** The exceptions to the house rules. One that no finding needs any more fails the test, and is taken out. */
export const allowances: readonly Allowance[] = [
  {
    rule: 'vocabulary',
    path: 'model-server/llama/',
    about: 'device',
    reason: "llama.cpp's C interface calls a card a device, and what we declare of it keeps its names.",
  },
  {
    rule: 'units',
    path: 'model-server/',
    about: 'temperature',
    reason: "The sampling temperature of OpenAI's wire is a bare ratio; no card is as hot as that.",
  },
  {
    rule: 'units',
    path: 'models/fetch/hub.ts',
    about: 'size',
    reason: "Hugging Face's API calls the bytes of a file its size.",
  },
  {
    rule: 'vocabulary',
    path: 'cli/integration/seen.test.ts',
    about: 'resource',
    reason: "OTLP's wire calls the program that a span is of a resource, and what is read of it keeps its names.",
  },
  {
    rule: 'vocabulary',
    path: 'agent/farm/',
    about: 'node',
    reason: 'A farm is made for Slurm there, in whose words each rig has the name of a node.',
  },
];
