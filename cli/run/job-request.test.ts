import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workloadRequestSchema } from '@rerig/api/agent';
import { InvariantError, isFault } from '@rerig/domain/fault';
import { afterAll, describe, expect, it } from 'vitest';
import { jobRequest } from './job-request.ts';
import type { JobWish } from './job-wish.ts';

const folder = mkdtempSync(join(tmpdir(), 'rerig-request-'));
afterAll(() => rmSync(folder, { recursive: true }));

const place = {
  folder: '/home/me/work',
  shell: { PATH: '/venv/bin:/usr/bin', VIRTUAL_ENV: '/venv', AWS_SECRET_ACCESS_KEY: 'hidden' },
  suffix: 'k3f9x',
};

function requestOf(wish: JobWish) {
  const request = jobRequest(wish, place);
  if (isFault(request)) throw new InvariantError(request.why);
  return workloadRequestSchema.parse(request);
}

function codeOf(wish: JobWish): string {
  const request = jobRequest(wish, place);
  return isFault(request) ? `${request.code} ${request.why}` : 'a request';
}

describe('what an agent is asked for', () => {
  it('is, where only a command is given, one card of any kind, here, guaranteed, and to wait for', () => {
    expect(requestOf({ command: ['/usr/bin/python3.11', 'train.py'] })).toEqual({
      workloadId: 'python3.11-k3f9x',
      command: ['/usr/bin/python3.11', 'train.py'],
      environment: { PATH: '/venv/bin:/usr/bin', VIRTUAL_ENV: '/venv' },
      cards: { kind: 'any', count: 1, needs: {} },
      priority: 'guaranteed',
      whenBusy: 'queue',
      workingFolder: '/home/me/work',
      stopWithinMs: 10_000,
    });
  });

  it('has nothing of this shell in a container, and the internet but not the farm’s network', () => {
    const request = requestOf({ command: ['env'], image: 'debian:12' });
    expect(request.environment).toEqual({});
    expect(request.confinement).toEqual({ tier: 'container', image: 'debian:12', network: 'internet', mounts: [] });
  });

  it('names a script by its image or as what it is, and a program of odd letters by what an id can hold', () => {
    expect(requestOf({ script: 'true' })).toMatchObject({
      workloadId: 'script-k3f9x',
      command: ['/bin/sh', '-euc', 'true'],
    });
    expect(requestOf({ script: 'true', image: 'docker.io/library/python:3.12' }).workloadId).toBe('python-k3f9x');
    expect(requestOf({ command: ['/opt/Übung (neu)'] }).workloadId).toBe('bung-neu--k3f9x');
    expect(requestOf({ command: ['…'] }).workloadId).toBe('job-k3f9x');
  });

  it('takes variables from files, and those that are named go before them', () => {
    const path = join(folder, 'a.env');
    writeFileSync(path, '\n# a comment\nA=1\r\nexport B="two words"\nC=\'3\'\nD=a=b\n');
    const environmentFiles = [path];
    const request = requestOf({ command: ['env'], image: 'x', environmentFiles, environment: { A: 'own' } });
    expect(request.environment).toEqual({ A: 'own', B: 'two words', C: '3', D: 'a=b' });
    writeFileSync(path, 'A=1\nnot a variable\n');
    expect(codeOf({ command: ['env'], environmentFiles })).toContain('environment-unreadable Line 2');
    expect(codeOf({ command: ['env'], environmentFiles: [join(folder, 'none')] })).toContain('environment-unreadable');
  });

  it.each<[string, JobWish]>([
    ['Neither a command nor a script', {}],
    ['names its cards, and has several ranks', { command: ['a'], cardIds: ['rig/a'], rankCount: 2 }],
    ['names its cards, and says how many', { command: ['a'], cardIds: ['rig/a'], cardCount: 2 }],
    ['it has no image', { command: ['a'], network: 'none' }],
  ])('is nothing where the wish contradicts itself: %s', (why, wish) => {
    expect(codeOf(wish)).toContain('job-incomplete');
    expect(codeOf(wish)).toContain(why);
  });
});
