import { type FarmFault, farmFault } from './faults.ts';
import { runCommand } from './run-command.ts';

/** Debian's packages of a farm's head. */
export const headPackages = [
  'slurmctld',
  'slurm-client',
  'slurmrestd',
  'munge',
  'slurm-wlm-basic-plugins',
  'slurm-wlm-jwt-plugin',
] as const;

/** Debian's packages of a rig; scripts of jobs tell the head by curl how they stand. */
export const rigPackages = ['slurmd', 'slurm-client', 'munge', 'slurm-wlm-basic-plugins', 'curl'] as const;

const INSTALL_WITHIN_MS = 15 * 60 * 1000;

/** Which of them are not installed; all, where there is no dpkg. */
export async function missingPackages(packages: readonly string[]): Promise<readonly string[]> {
  const states = await Promise.all(packages.map((name) => runCommand('dpkg-query', ['-s', name])));
  return packages.filter((_, index) => {
    const state = states[index];
    return state?.kind !== 'done' || !state.stdout.includes('\nStatus: install ok installed\n');
  });
}

/** Installs packages by apt; a Fault that says what it said. */
export async function installPackages(packages: readonly string[]): Promise<FarmFault | null> {
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const lock = ['-o', 'DPkg::Lock::Timeout=120'];
  const options = { withinMs: INSTALL_WITHIN_MS, environment };
  await runCommand('apt-get', [...lock, '-q', 'update'], options);
  const done = await runCommand(
    'apt-get',
    [...lock, '-q', '-y', '--no-install-recommends', 'install', ...packages],
    options,
  );
  if (done.kind === 'done') return null;
  return farmFault('farm-install-failed', {
    what: `Packages can’t be installed: ${packages.join(' ')}.`,
    why:
      done.kind === 'missing'
        ? 'There is no apt-get here: Rerig installs on Debian and Ubuntu alone.'
        : `apt-get said: ${done.said}.`,
    mend: 'Install Slurm by your system’s own means, then run the same command again.',
  });
}

/** What is missing, for who did not ask to install it. */
export function packagesFault(missing: readonly string[]): FarmFault {
  return farmFault('farm-packages-missing', {
    what: `Packages are missing here: ${missing.join(' ')}.`,
    why: 'Slurm comes from the system’s own packages.',
    mend: `Give --install, or run: apt-get install --no-install-recommends ${missing.join(' ')}`,
  });
}
