import { expect, test } from 'vitest';
import { isAtLimitOf, isOutOfMemory } from './kernel-log.ts';

const id = 'f2c24cf27dad714231c3cfb46eb62d57';

function record(path: string): string {
  return `4,1234,33938274627,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=libpod-${id},mems_allowed=0,oom_memcg=${path},task_memcg=/libpod_parent/libpod-${id},task=sh,pid=21282,uid=0\n`;
}

test.each([
  ['at its own limit under Podman', record(`/libpod_parent/libpod-${id}`), true],
  ['at its own limit under Docker', record(`/docker/${id}`), true],
  ['at its own limit under systemd', record(`/machine.slice/libpod-${id}.scope`), true],
  ['at the limit of something above it', record('/user.slice'), false],
  ['at the limit of another', record('/libpod_parent/libpod-0000'), false],
  ['not at all', `6,1,1,-;eth0: link up ${id}`, false],
])('a container whose process was ended %s', (_, text, isAtLimit) => {
  expect(isAtLimitOf(text, id)).toBe(isAtLimit);
});

test('a log that can not be read says nothing', () => {
  expect(isOutOfMemory(id, '/nowhere/kmsg')).toBe(false);
});
