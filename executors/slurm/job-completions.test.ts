import { expect, test } from 'vitest';
import { parseCompletion } from './job-completions.ts';

const TEXT = [
  'JobId=7 UserId=root(0) GroupId=root(0) Name=rerig-x-w JobState=NODE_FAIL Partition=ai ExitCode=0:0 ',
  'JobId=7 UserId=root(0) GroupId=root(0) Name=other JobState=COMPLETED Partition=ai ExitCode=0:0 ',
  'JobId=77 UserId=root(0) GroupId=root(0) Name=rerig-x-w JobState=COMPLETED Partition=ai ExitCode=0:0 ',
  'JobId=8 UserId=root(0) GroupId=root(0) Name=rerig-x-v JobState=FAILED Partition=ai ExitCode=3:0 ',
  'JobId=8 UserId=root(0) GroupId=root(0) Name=rerig-x-v JobState=FAILED Partition=ai ExitCode=0:9 ',
  '',
].join('\n');

test.each([
  [7, 'rerig-x-w', { state: 'NODE_FAIL', restartCount: 0, exitCode: 0 }],
  [77, 'rerig-x-w', { state: 'COMPLETED', restartCount: 0, exitCode: 0 }],
  [8, 'rerig-x-v', { state: 'FAILED', restartCount: 0, exitCode: 137 }],
  [8, 'rerig-x-w', null],
  [9, 'rerig-x-w', null],
])('the end of job %i named %s is read', (jobId, name, sight) => {
  expect(parseCompletion(TEXT, jobId, name)).toEqual(sight);
});
