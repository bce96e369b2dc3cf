import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWorkloadMessage } from './workload-message.ts';

const fault = { kind: 'fault', code: 'x', what: 'A.', why: 'B.', mend: 'C.', retry: 'later' };

test.each([
  ['a loading message', '{"event":"loading","fileBytes":7}', { event: 'loading' }],
  ['a ready message', '{"event":"ready","listen":"unix:/x"}', { event: 'ready', announced: { listen: 'unix:/x' } }],
  ['a failure with its fault', JSON.stringify({ event: 'failed', fault }), { event: 'failed', fault }],
  ['a failure with half a fault', '{"event":"failed","fault":{"kind":"fault"}}', { event: 'failed', fault: undefined }],
  ['an unknown event', '{"event":"dance"}', undefined],
  ['JSON that is cut short', '{"event":"ready"', undefined],
  ['a list', '[{"event":"ready"}]', undefined],
  ['an ordinary line', 'llama_model_loader: loaded', undefined],
])('%s is read as it should be', (_, line, message) => {
  expect(parseWorkloadMessage(line)).toEqual(message);
});

test('no line whatever makes it throw', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseWorkloadMessage(line)));
});
