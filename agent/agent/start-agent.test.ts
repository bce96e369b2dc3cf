import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent } from '@rerig/api/agent';
import { isFault } from '@rerig/domain/fault';
import { openLocalExecutor } from '@rerig/executors/local';
import type { Executor } from '@rerig/executors/port';
import { describe, expect, test, vi } from 'vitest';
import { probeMachine } from '../probe.ts';
import { startAgent } from './start-agent.ts';

describe('an agent with processes', () => {
  const CPU_CARD = 'rig-1/cpu';
  /** Answers as the model server does, on the socket that it is given. */
  const MODEL_SERVER = `
    import { rmSync } from 'node:fs';
    import { createServer } from 'node:http';
    const value = (name) => process.argv[process.argv.indexOf(name) + 1];
    const listen = value('--listen');
    const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
    process.stdin.resume().on('end', () => process.exit(0));
    rmSync(listen.slice(5), { force: true });
    const counts = { contextTokens: Number(value('--context')), parallelCount: Number(value('--parallel')) };
    createServer((_, answer) => answer.end('yes')).listen(listen.slice(5), () => {
      say({ event: 'ready', listen, model: 'tiny', ...counts });
    });
  `;

  test('a replica runs as a process, is ready, and is started again after it was killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rerig-agent-'));
    writeFileSync(join(folder, 'tiny.gguf'), 'GGUF');
    writeFileSync(join(folder, 'model-server.mjs'), MODEL_SERVER);
    const report = await probeMachine();
    const cards = [{ cardId: CPU_CARD, kind: 'cpu' as const }];
    const executor = await openLocalExecutor({ rigId: 'rig-1', cards, dataFolder: folder });
    if (isFault(executor)) throw new Error(executor.why);
    const events: AgentEvent[] = [];
    const agent = await startAgent({
      executor,
      server: { deliver: async (event) => void events.push(event) },
      probe: async () => ({ ...report, rig: { ...report.rig, cards } }),
      dataFolder: folder,
      socketFolder: join(folder, 's'),
      modelServerPath: join(folder, 'model-server.mjs'),
      agentBootId: 'boot-0002',
    });
    if (isFault(agent)) throw new Error(agent.why);
    const order = { replicaId: 'r', cardId: CPU_CARD, modelPath: join(folder, 'tiny.gguf'), route: 'cpu' } as const;
    expect(await agent.startReplica(order)).toBeNull();
    const readyCount = () => events.filter((event) => event.kind === 'replica-state' && event.state === 'ready').length;
    await vi.waitFor(() => expect(readyCount()).toBe(1), { timeout: 20_000 });
    killReplica(folder, await readyWorkloadId(executor));
    await vi.waitFor(() => expect(readyCount()).toBe(2), { timeout: 20_000 });
    await agent.close();
    await executor.close();
    const states = events.flatMap((event) => (event.kind === 'replica-state' ? [event.state] : []));
    expect(states).toEqual(['starting', 'ready', 'queued', 'starting', 'ready', 'stopping', 'stopped']);
    rmSync(folder, { recursive: true });
  });
});

async function readyWorkloadId(executor: Executor): Promise<string> {
  return (await executor.list()).find(({ state }) => state === 'ready')?.workloadId ?? '';
}

/** Kills every process of a workload, which carry its run in their environment. */
function killReplica(folder: string, workloadId: string): void {
  const { runIds } = JSON.parse(readFileSync(join(folder, 'workloads', workloadId, 'record.json'), 'utf8'));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (environmentOf(pid).includes(`RERIG_WORKLOAD_RUN=${runIds[0]}`)) process.kill(Number(pid), 'SIGKILL');
  }
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}
