import type { FarmPlan } from '@rerig/agent/farm';

/** A plan as `--json` has it. Keys are never in it. */
export function planDocument({ record, isNew, changes, missingPackages, missingUsers, stoppedParts }: FarmPlan) {
  const { settings, rigs, doorPort } = record;
  return {
    ...{ clusterName: settings.clusterName, headAddress: settings.head.address, doorPort, isNew },
    rigs: rigs.map(({ rigId, name, nodeName: slurmName, cards, joined }) => ({
      ...{ rigId, name, slurmName, joinedAt: joined?.at ?? null },
      cards: cards.map(({ cardId, gresType, file }) => ({ cardId, gresType, file })),
    })),
    changes: changes.map(({ file, kind, before }) => ({
      ...{ path: file.path, kind, mode: file.mode.toString(8) },
      before: file.content.kind === 'text' && kind === 'changed' ? before : null,
      after: file.content.kind === 'text' ? file.content.text : null,
    })),
    ...{ missingPackages, missingUsers, stoppedParts },
  };
}
