import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rankFunctions } from '../gang.ts';
import type { WorkloadSpec } from '../port.ts';
import { NOTICED_EXIT_CODE, type SlurmRig } from './config.ts';
import { launchText } from './launch-text.ts';
import { shellWord } from './shell-words.ts';

/** Where a rig keeps its cards by Slurm's index, for jobs that may run on more rigs than fit into their script. */
export const CARD_MAP_PATH = '/etc/rerig/cards.tsv';

/** Cards whose identities stand in the script itself: about 20 kB. */
const CARDS_IN_SCRIPT_MAX = 256;

const rankText = readFileSync(join(import.meta.dirname, 'job/rank.sh'), 'utf8');
const stepsText = readFileSync(join(import.meta.dirname, 'job/steps.sh'), 'utf8');

/** What a job's script is made from. */
export interface JobOrder {
  readonly spec: WorkloadSpec;
  /** Where it reports to: `http://10.0.0.1:7421`. */
  readonly headUrl: string;
  /** By it the head knows the workload. */
  readonly token: string;
  readonly rigRunFolder: string;
  /** The command that is Podman on a rig. */
  readonly podman: readonly string[];
  /** On which it may run. */
  readonly rigs: readonly SlurmRig[];
}

/** By it a workload asks whether its end is near; what it reports needs the token, which it does not get. */
export function noticeKey(token: string): string {
  return createHash('sha256').update(`notice ${token}`).digest('hex').slice(0, 32);
}

/** Whether each rank is a step of its own: so gangs run, and work that hears of its preemption, which Slurm tells steps alone. */
export function hasSteps({ rankCount = 1, priority = 'guaranteed' }: WorkloadSpec): boolean {
  return rankCount > 1 || priority !== 'guaranteed';
}

/** The script of a job, for a POSIX shell with curl: needs nothing of ours on the rig. */
export function jobScript(order: JobOrder): string {
  const { spec } = order;
  const head = ['#!/bin/sh', `# Rerig runs the workload ${spec.workloadId}.`, ...settings(order)];
  if (!hasSteps(spec)) return [...head, 'MASTER_ADDR=127.0.0.1 MASTER_PORT=29500', rankBody(order)].join('\n');
  const rank = [...settings(order), rankBody(order)].join('\n');
  return [...head, `RERIG_RANK=${shellWord(rank)}`, rankFunctions(), stepsText].join('\n');
}

function settings({ spec, headUrl, token, rigRunFolder }: JobOrder): readonly string[] {
  const values = {
    HEAD: headUrl,
    TOKEN: token,
    NOTICE_KEY: noticeKey(token),
    RUN_FOLDER: rigRunFolder,
    CARD_MAP: CARD_MAP_PATH,
    WORKLOAD_ID: spec.workloadId,
    WORKING_FOLDER: spec.workingFolder,
    OUTPUT_FOLDER: spec.outputFolder ?? '',
    RANK_COUNT: String(spec.rankCount ?? 1),
    STOP_SECONDS: seconds(spec.stopWithinMs),
    NOTICE_SECONDS: seconds(spec.noticeMs ?? 0),
    NOTICED_CODE: String(NOTICED_EXIT_CODE),
  };
  return Object.entries(values).map(([name, value]) => `${name}=${shellWord(value)}`);
}

function rankBody(order: JobOrder): string {
  return [cardFunction(order.rigs), launchText(order.spec, order.podman), rankFunctions(), rankText].join('\n');
}

/** Says of a card by rig and index who made it, how drivers know it, and its file. */
function cardFunction(rigs: readonly SlurmRig[]): string {
  const cardCount = rigs.reduce((sum, { cards }) => sum + cards.length, 0);
  if (cardCount === 0 || cardCount > CARDS_IN_SCRIPT_MAX) return 'card() { :; }';
  const rows = rigs.flatMap(({ nodeName, cards }) =>
    cards.map(({ vendor = '-', uuid = '-', file }, index) => {
      const [maker, identity, path] = [vendor, uuid, file].map(shellWord);
      return `${shellWord(`${nodeName}/${index}`)}) VENDOR=${maker} UUID=${identity} FILE=${path} ;;`;
    }),
  );
  return ['card() {', 'case $1 in', ...rows, 'esac', '}'].join('\n');
}

function seconds(durationMs: number): string {
  return String(durationMs / 1000);
}
