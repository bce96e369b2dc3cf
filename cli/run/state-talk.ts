import type { WorkloadView } from '@rerig/api/agent';

/** Cards of a gang that are named; of more, their number is told. */
const CARDS_NAMED_MAX = 4;

/** What is said of a job on stderr when its state changes; null where nothing is. */
export function stateTalk(workload: WorkloadView, names: ReadonlyMap<string, string>): string | null {
  const { workloadId, state, fault } = workload;
  switch (state) {
    case 'queued':
      if (fault !== undefined) return `⏸ ${workloadId} is to be started again: ${fault.why}`;
      return `⏸ ${workloadId} waits for its cards.`;
    case 'starting':
    case 'ready':
    case 'running':
      return placedTalk(workload, names);
    case 'preempted':
      return `⏸ ${workloadId} gave way to other work, and goes on after it.`;
    case 'lost':
      return `✖ ${workloadId} is lost: nobody can say whether it still runs.`;
    case 'stopping':
    case 'stopped':
    case 'failed':
      return null;
  }
}

/** What is said once a job has its cards. */
export function placedTalk(workload: WorkloadView, names: ReadonlyMap<string, string>): string {
  const { workloadId, restartCount } = workload;
  const again = restartCount > 0 ? `, run ${restartCount + 1}` : '';
  return `▶ ${workloadId}${again}: ${placeText(workload, names)}`;
}

/** `RTX 3060 12GB (rig-1/01:00.0)`; of many cards, how many on how many rigs. */
function placeText({ cardIds, places }: WorkloadView, names: ReadonlyMap<string, string>): string {
  if (cardIds.length === 0) return 'no card';
  if (cardIds.length <= CARDS_NAMED_MAX) {
    return cardIds.map((cardId) => `${names.get(cardId) ?? 'card'} (${cardId})`).join(', ');
  }
  const rigCount = new Set(places.map(({ rigId }) => rigId)).size;
  return `${cardIds.length} cards on ${rigCount} ${rigCount === 1 ? 'rig' : 'rigs'}`;
}
