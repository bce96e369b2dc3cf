import { rigFeatures, rigWeight } from './rig-features.ts';
import type { SlurmRig } from './slurm-rig.ts';
import { holdPartitions, NOTICED_EXIT_CODE, partitions, type SlurmSettings } from './slurm-settings.ts';

const MIB = 1024 ** 2;

/** The text of slurm.conf: every setting with why it is as it is. */
export function slurmConf(rigs: readonly SlurmRig[], settings: SlurmSettings): string {
  const sections = [
    ['# Written by Rerig from the inventory. "rerig farm init" shows what it would change before it writes.'],
    headLines(settings),
    keyLines(settings),
    folderLines(settings),
    fenceLines(settings),
    timeLines(settings),
    choiceLines(settings),
    powerLines(settings),
    rigLines(rigs, settings),
    partitionLines(settings),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headLines({ clusterName, head, rigPort, slurmUser }: SlurmSettings): readonly string[] {
  return [
    `ClusterName=${clusterName}`,
    `SlurmctldHost=${head.hostName}(${head.address})`,
    `SlurmctldPort=${head.port}`,
    `SlurmdPort=${rigPort}`,
    '# Rigs get this file from the head, and again at each "scontrol reconfigure". Interruptible work hears of its end by',
    '# the signal that it asked for.',
    'SlurmctldParameters=enable_configless,preempt_send_user_signal',
    `SlurmUser=${slurmUser}`,
    'SlurmdUser=root',
  ];
}

function keyLines({ paths, credentialExpiresMs }: SlurmSettings): readonly string[] {
  const socket = paths.mungeSocketPath === undefined ? '' : `socket=${paths.mungeSocketPath},`;
  return [
    'AuthType=auth/munge',
    'CredType=cred/munge',
    '# Work that was preempted or lost waits so long before it starts again; by default, two minutes. A job must start within',
    '# it, so that no image is fetched in a prolog.',
    `AuthInfo=${socket}cred_expire=${seconds(credentialExpiresMs)}`,
    '# slurmrestd takes tokens that are signed by this key.',
    'AuthAltTypes=auth/jwt',
    `AuthAltParameters=jwt_key=${paths.jwtKeyPath}`,
  ];
}

function folderLines({ paths, prolog, epilog }: SlurmSettings): readonly string[] {
  const { stateFolder, logFolder, runFolder, spoolFolder } = paths;
  return [
    `StateSaveLocation=${stateFolder}`,
    `SlurmctldPidFile=${runFolder}/slurmctld.pid`,
    `SlurmctldLogFile=${logFolder}/slurmctld.log`,
    `SlurmdPidFile=${runFolder}/slurmd-%n.pid`,
    `SlurmdLogFile=${logFolder}/slurmd-%n.log`,
    `SlurmdSpoolDir=${spoolFolder}/%n`,
    ...(prolog === undefined ? [] : [`Prolog=${prolog}`]),
    ...(epilog === undefined
      ? []
      : ['# Ends what a job left, before its cards are given to the next.', `Epilog=${epilog}`]),
    '# Ended jobs, one line each, without a database.',
    'JobCompType=jobcomp/filetxt',
    `JobCompLoc=${logFolder}/jobcomp.txt`,
    'MailProg=/bin/true',
    'MpiDefault=none',
  ];
}

function fenceLines({ jobFence, trustsConfiguredSizes }: SlurmSettings): readonly string[] {
  const sizes = trustsConfiguredSizes
    ? [
        '# A rig counts as many cores as cards at least: each job holds one, and a processor of two cores drives twelve cards.',
        'SlurmdParameters=config_overrides',
      ]
    : [];
  const fence =
    jobFence.kind === 'cgroup'
      ? [
          '# Control groups: no process outlives its job, and none opens the cards of another.',
          'ProctrackType=proctrack/cgroup',
          'TaskPlugin=task/cgroup',
        ]
      : ['ProctrackType=proctrack/linuxproc', 'TaskPlugin=task/none'];
  return [...sizes, ...fence, 'JobAcctGatherType=jobacct_gather/none'];
}

function timeLines(settings: SlurmSettings): readonly string[] {
  return [
    '# Gangs that lose a race for a rig try again after about KillWait + MessageTimeout.',
    `MessageTimeout=${seconds(settings.messageTimeoutMs)}`,
    '# From SIGTERM to SIGKILL: what ignores the first holds up who waits for the card.',
    `KillWait=${seconds(settings.killWaitMs)}`,
    '# A silent rig is lost after it; the agent is faster, and this is for when the agent does not run.',
    `SlurmdTimeout=${seconds(settings.rigTimeoutMs)}`,
    '# A rig that was lost comes back by itself; one that was taken out does not.',
    'ReturnToService=1',
    '# Each job that is remembered costs 3.5 kB in each list of jobs.',
    `MinJobAge=${seconds(settings.rememberJobsMs)}`,
    '# What loses its rig waits again, unless it says otherwise; so does what ended because it was told to make room.',
    'JobRequeue=1',
    `RequeueExit=${NOTICED_EXIT_CODE}`,
    '# The head speaks to each rig itself: rigs do not know the addresses of those that joined.',
    'TreeWidth=65533',
  ];
}

function choiceLines({ joiningRigCountMax }: SlurmSettings): readonly string[] {
  return [
    '# A freed card is given on at once. What gives way is of the lowest partition: Slurm can choose by age instead,',
    '# preempt_youngest_first, and then takes interruptible work before a miner that is older.',
    'SchedulerType=sched/backfill',
    'SchedulerParameters=sched_interval=3,bf_interval=3,batch_sched_delay=0,sched_min_interval=0,bf_continue,preempt_strict_order',
    '# Single cards, cores and memory are given out, not whole rigs; jobs that ask for no memory get some.',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core_Memory',
    'DefMemPerCPU=256',
    'GresTypes=gpu',
    '# Suspending keeps the card, so that work is ended and waits again.',
    'PreemptType=preempt/partition_prio',
    'PreemptMode=REQUEUE',
    ...(joiningRigCountMax === 0
      ? []
      : ['# Room for rigs that join: slurmctld makes it at its start.', `MaxNodeCount=${joiningRigCountMax}`]),
  ];
}

function powerLines({ powerSaving }: SlurmSettings): readonly string[] {
  if (powerSaving === undefined) return [];
  return [
    '# Rigs without work sleep, and are woken for work.',
    `SuspendProgram=${powerSaving.suspendProgram}`,
    `ResumeProgram=${powerSaving.resumeProgram}`,
    `SuspendTime=${seconds(powerSaving.suspendAfterMs)}`,
    `ResumeTimeout=${seconds(powerSaving.resumeWithinMs)}`,
  ];
}

function rigLines(rigs: readonly SlurmRig[], { head }: SlurmSettings): readonly string[] {
  return rigs.flatMap((rig) => {
    if (rig.place.kind === 'joins') return [];
    const { address, port } = rig.place;
    const hostName = address === head.address ? head.hostName : rig.nodeName;
    const place = `NodeHostname=${hostName} NodeAddr=${address}${port === undefined ? '' : ` Port=${port}`}`;
    return [`NodeName=${rig.nodeName} ${place} ${rigSizes(rig)}`];
  });
}

/** What slurmd tells of its rig when it joins: the text after `--conf`. */
export function joiningConf(rig: SlurmRig): string {
  return rigSizes(rig);
}

function rigSizes(rig: SlurmRig): string {
  const counts = new Map<string, number>();
  for (const { gresType } of rig.cards) counts.set(gresType, (counts.get(gresType) ?? 0) + 1);
  const gres = [...counts].map(([type, count]) => `gpu:${type}:${count}`).join(',');
  const features = rigFeatures(rig).join(',');
  return [
    `CPUs=${Math.max(1, rig.coreCount, rig.cards.length)}`,
    `RealMemory=${Math.max(1, Math.floor(rig.ramBytes / MIB))}`,
    ...(gres === '' ? [] : [`Gres=${gres}`]),
    ...(features === '' ? [] : [`Feature=${features}`]),
    `Weight=${rigWeight(rig)}`,
  ].join(' ');
}

function partitionLines({ interruptibleNoticeMs }: SlurmSettings): readonly string[] {
  const { fallback, interruptible, guaranteed } = partitions;
  const notice = interruptibleNoticeMs === 0 ? '' : ` GraceTime=${seconds(interruptibleNoticeMs)}`;
  return [
    '# Who takes cards from whom: a higher tier ends the work of a lower one, which then waits.',
    `PartitionName=${fallback} Nodes=ALL PriorityTier=1 PreemptMode=REQUEUE MaxTime=INFINITE${notice}`,
    `PartitionName=${interruptible} Nodes=ALL PriorityTier=5 PreemptMode=REQUEUE MaxTime=INFINITE${notice}`,
    `PartitionName=${guaranteed} Nodes=ALL PriorityTier=10 PreemptMode=OFF Default=YES MaxTime=INFINITE`,
    '# Jobs that keep a card out of service. A tier above all others serves those that wait for the end of a job; in the',
    '# tier below all others, they end nobody.',
    `PartitionName=${holdPartitions.after} Nodes=ALL PriorityTier=20 PreemptMode=OFF MaxTime=INFINITE`,
    `PartitionName=${holdPartitions.free} Nodes=ALL PriorityTier=0 PreemptMode=OFF MaxTime=INFINITE`,
  ];
}

/** Slurm counts in whole seconds; less than one is one. */
function seconds(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / 1000));
}
