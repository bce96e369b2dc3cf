import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFault } from '@rerig/domain/fault';
import type { ObservedCard } from '@rerig/domain/inventory';
import { afterAll, describe, expect, test } from 'vitest';
import type { ModelReplicaOrder, ServerReplicaOrder } from './agent-options.ts';
import { replicaHeapFlags } from './replica-heap-flags.ts';
import { planReplica } from './replica-spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'rerig-spec-'));
const modelPath = join(folder, 'tiny.gguf');
writeFileSync(modelPath, 'GGUF');
afterAll(() => rmSync(folder, { recursive: true }));

const cards: readonly ObservedCard[] = [
  { cardId: 'rig/cpu', kind: 'cpu' },
  { cardId: 'rig/0a:00.0', kind: 'gpu', busId: '0a:00.0' },
  { cardId: 'rig/0b:00.0', kind: 'gpu', busId: '0b:00.0' },
];
const programs = { nodePath: '/node', modelServerPath: '/server.ts', foreignServerPath: '/foreign.ts' };
const place = { ...programs, dataFolder: folder, socketFolder: folder };

describe('a replica of a model', () => {
  const order: ModelReplicaOrder = { replicaId: 'r', cardId: 'rig/0a:00.0', modelPath, route: 'vulkan' };

  test('may be split over several cards, which are all named and held', () => {
    const plan = planReplica({ ...order, moreCardIds: ['rig/0b:00.0'] }, cards, place);
    if (isFault(plan)) expect.fail(plan.why);
    expect(plan.cards).toEqual({ kind: 'these', cardIds: ['rig/0a:00.0', 'rig/0b:00.0'] });
    expect(plan.command.join(' ')).toContain('--device 0000:0a:00.0 --device 0000:0b:00.0 ');
  });

  test.each([
    ['a processor beside a card', ['rig/cpu'], 'replica-route-unfit'],
    ['a card that is not here', ['rig/0c:00.0'], 'replica-card-unknown'],
  ])('is refused over %s', (_, moreCardIds, code) => {
    expect(planReplica({ ...order, moreCardIds }, cards, place)).toMatchObject({ code });
  });
});

describe('a replica of another server', () => {
  const order: ServerReplicaOrder = { kind: 'server', replicaId: 'w', cardId: null, modelName: 'llama3' };
  const address = 'http://127.0.0.1:11434';

  test('is watched by its address, on no card', () => {
    expect(planReplica({ ...order, address }, cards, place)).toMatchObject({
      command: [
        '/node',
        ...replicaHeapFlags,
        '/foreign.ts',
        '--name',
        'llama3',
        '--server',
        address,
        '--exit-with-parent',
      ],
      cards: { kind: 'these', cardIds: [] },
    });
  });

  test('is started by its command, on its card', () => {
    const command = ['vllm', 'serve', '--port', '{port}'];
    const rest = { cardId: 'rig/0a:00.0', command, upstreamModel: 'org/m', parallelCount: 4, contextTokens: 512 };
    const plan = planReplica({ ...order, ...rest }, cards, place);
    if (isFault(plan)) expect.fail(plan.why);
    expect(plan.cards).toEqual({ kind: 'these', cardIds: ['rig/0a:00.0'] });
    expect(plan.command.slice(2 + replicaHeapFlags.length).join(' ')).toBe(
      '--name llama3 --upstream-model org/m --parallel 4 --context 512 --exit-with-parent -- vllm serve --port {port}',
    );
  });

  test('is refused without address and command, on an unknown card, and by an agent that watches none', () => {
    const { foreignServerPath: _, ...without } = place;
    expect(planReplica(order, cards, place)).toMatchObject({ code: 'replica-invalid' });
    expect(planReplica({ ...order, command: [] }, cards, place)).toMatchObject({ code: 'replica-invalid' });
    expect(planReplica({ ...order, address }, cards, without)).toMatchObject({ code: 'replica-invalid' });
    const elsewhere = { ...order, address, cardId: 'rig/0c:00.0' };
    expect(planReplica(elsewhere, cards, place)).toMatchObject({ code: 'replica-card-unknown' });
  });
});
