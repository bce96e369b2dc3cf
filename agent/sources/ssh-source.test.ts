import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInventory } from '@rerig/domain/inventory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeRigSourceContract, type SourceUnderTest } from './contract.ts';
import type { SourceProgress } from './port.ts';
import { parseRigList } from './rig-list.ts';
import { parseRigOutput, rigScript, rigTools } from './rig-script.ts';
import { sshSource } from './ssh-source.ts';

const LSPCI = `Slot:\t0000:01:00.0
Class:\tVGA compatible controller [0300]
Vendor:\tNVIDIA Corporation [10de]
Device:\tGP104 [GeForce GTX 1070] [1b81]
SVendor:\tMicro-Star International Co., Ltd. [MSI] [1462]
SDevice:\tGP104 [GeForce GTX 1070] [3306]
Rev:\ta1
`;

/**
 * A client that plays three rigs: `good-*` runs the script that it is given on this machine, with tools from a folder;
 * `bad` lets nobody in; `hangs` never answers; `loud` writes without end.
 */
const FAKE_SSH = `#!/bin/sh
for last; do :; done
while [ "$1" != "--" ]; do shift; done
printf '%s\\n' "$2" >> "$FAKE_LOG"
case "$2" in
  good-*) if [ -e "$FAKE_TOOLS/hang" ]; then exec sleep 60; fi
    echo "Welcome to the rig!"; PATH="$FAKE_TOOLS:/usr/bin:/bin"; export PATH; eval "$last" ;;
  bad) echo "root@bad: Permission denied (publickey,password)." >&2; exit 255 ;;
  hangs) exec sleep 60 ;;
  loud) exec yes "a line that no rig writes" ;;
  *) echo "ssh: Could not resolve hostname $2: Name or service not known" >&2; exit 255 ;;
esac
`;

interface Fakes {
  readonly folder: string;
  readonly program: string;
  readonly tools: string;
  readonly log: string;
}

async function makeFakes(
  tools: Readonly<Record<string, string>> = { lspci: `cat <<'END'\n${LSPCI}END` },
): Promise<Fakes> {
  const folder = await mkdtemp(join(tmpdir(), 'rerig-ssh-'));
  const toolFolder = join(folder, 'tools');
  await mkdir(toolFolder);
  const fakes = { folder, program: join(folder, 'ssh'), tools: toolFolder, log: join(folder, 'log') };
  const head = `#!/bin/sh\nFAKE_TOOLS=${toolFolder}\nFAKE_LOG=${fakes.log}\n`;
  await writeProgram(fakes.program, FAKE_SSH.replace('#!/bin/sh\n', head));
  for (const [name, body] of Object.entries(tools)) await writeProgram(join(toolFolder, name), `#!/bin/sh\n${body}\n`);
  return fakes;
}

async function writeProgram(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

function listOf(...lines: readonly string[]) {
  return parseRigList(lines.join('\n'), 'rigs.txt').rigs;
}

describeRigSourceContract('over SSH', async (): Promise<SourceUnderTest> => {
  const fakes = await makeFakes();
  const rigs = listOf('root@good-1 rig07', 'bad', 'good-2:2222');
  return {
    source: sshSource(rigs, { program: fakes.program }),
    rigIds: ['good-2', 'rig07'],
    secret: 'Welcome to the rig',
    hang: () => void writeFile(join(fakes.tools, 'hang'), ''),
    dispose: () => rm(fakes.folder, { recursive: true }),
  };
});

describe('rigs over SSH', () => {
  test('one that refuses, one that is not there, one that hangs and one that never ends hide no other', async () => {
    const fakes = await makeFakes();
    const told: SourceProgress[] = [];
    const source = sshSource(listOf('bad', 'absent', 'hangs', 'loud', 'good-1 rig07'), {
      program: fakes.program,
      rigLimitMs: 2500,
      tellProgress: (progress) => told.push(progress),
    });
    const { files, faults } = await source.read(new AbortController().signal);
    await rm(fakes.folder, { recursive: true });
    const [rig] = readInventory(files).farm.rigs;
    expect(rig).toMatchObject({ rigId: 'rig07', cards: [{ busId: '01:00.0', pciId: '10de:1b81', boardMaker: 'MSI' }] });
    expect(faults.map(({ code }) => code)).toEqual(['rig-refused', 'rig-unreachable', 'rig-slow', 'rig-talkative']);
    expect(faults[0]?.why).toContain('Permission denied');
    expect(told.map(({ doneCount }) => doneCount)).toEqual([1, 2, 3, 4, 5]);
    expect(told.filter(({ isFault }) => !isFault).map(({ what }) => what)).toEqual(['rig07']);
  });

  test('keeps what a tool wrote that failed, and says what it said', async () => {
    const fakes = await makeFakes({
      lspci: `cat <<'END'\n${LSPCI}END`,
      'nvidia-smi': 'echo "Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost."; exit 15',
    });
    const { files, faults } = await sshSource(listOf('good-1'), { program: fakes.program }).read(
      AbortSignal.timeout(20_000),
    );
    await rm(fakes.folder, { recursive: true });
    expect(readInventory(files).farm.rigs[0]?.cards).toHaveLength(1);
    expect(faults).toMatchObject([{ code: 'rig-tool-failed' }]);
    expect(faults[0]?.why).toContain('ended with 15, and said: Unable to determine');
  });

  test('takes of the kernel’s log what tells of cards, and says nothing where only root may read it', async () => {
    const log = '[ 12.345678] NVRM: Xid (PCI:0000:01:00): 62, pid=5\\n[ 13.000000] usb 1-1: secret words';
    for (const [dmesg, xidCodes] of [[`printf "${log}\\n"`, [62]] as const, ['exit 1', undefined] as const]) {
      const fakes = await makeFakes({ lspci: `cat <<'END'\n${LSPCI}END`, dmesg, journalctl: 'exit 1' });
      const { files, faults } = await sshSource(listOf('good-1'), { program: fakes.program }).read(
        AbortSignal.timeout(20_000),
      );
      await rm(fakes.folder, { recursive: true });
      expect(faults).toEqual([]);
      expect(readInventory(files).farm.rigs[0]?.cards[0]?.reading?.xidCodes).toEqual(xidCodes);
      expect(JSON.stringify(files)).not.toContain('secret words');
    }
  });

  test('says of a rig without tools that its cards are not known, and reads its processor all the same', async () => {
    const fakes = await makeFakes({});
    for (const name of ['sh', 'cat']) await symlink(`/bin/${name}`, join(fakes.tools, name));
    const program = (await readFile(fakes.program, 'utf8')).replace(':/usr/bin:/bin', '');
    await writeProgram(fakes.program, program);
    const { files, faults } = await sshSource(listOf('good-1'), { program: fakes.program }).read(
      AbortSignal.timeout(20_000),
    );
    await rm(fakes.folder, { recursive: true });
    expect(files.map(({ name }) => name)).toEqual(['good-1: proc']);
    expect(readInventory(files).farm.rigs[0]?.host.ram?.bytes).toBeGreaterThan(0);
    expect(faults.map(({ code }) => code)).toEqual(['rig-without-tools']);
  });

  test('asks no more rigs at once than allowed, and each once', async () => {
    const fakes = await makeFakes();
    const names = Array.from({ length: 9 }, (_, index) => `good-${index}`);
    const source = sshSource(listOf(...names), { program: fakes.program, parallelCount: 2 });
    await source.read(AbortSignal.timeout(30_000));
    expect((await readFile(fakes.log, 'utf8')).trim().split('\n').toSorted()).toEqual(names.toSorted());
    await rm(fakes.folder, { recursive: true });
  });

  test('says that ssh is missing where it is', async () => {
    const { faults } = await sshSource(listOf('a'), { program: '/nonexistent/ssh' }).read(AbortSignal.timeout(5000));
    expect(faults.map(({ code }) => code)).toEqual(['ssh-missing']);
  });
});

describe('a list of rigs', () => {
  test('reads users, ports, names, comments and IPv6, and leaves out wrong lines alone', () => {
    const { rigs, faults } = parseRigList(
      [
        '# farm',
        'root@192.168.1.17:2222 rig 07 # by the door',
        'miner@rig08',
        '[fe80::1%eth0]:22 rig09',
        '192.168.1.17:2222',
        '-oProxyCommand=reboot',
        'root@-oProxyCommand=reboot',
        'rig10:99999',
        'a b@c;reboot',
        '',
      ].join('\r\n'),
      'rigs.txt',
    );
    expect(rigs).toEqual([
      { name: 'rig 07', host: '192.168.1.17', user: 'root', port: 2222 },
      { name: 'rig08', host: 'rig08', user: 'miner' },
      { name: 'rig09', host: 'fe80::1%eth0', port: 22 },
      { name: 'b@c;reboot', host: 'a' },
    ]);
    expect(faults.map(({ what }) => what)).toEqual(
      [5, 6, 7, 8].map((line) => `Line ${line} of rigs.txt was left out.`),
    );
    expect(parseRigList('# nothing\n', 'rigs.txt').faults.map(({ code }) => code)).toEqual(['rig-list-empty']);
  });

  test('never gives an address that ssh could take for an option', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        for (const { host, user, port } of parseRigList(line, 'rigs.txt').rigs) {
          for (const part of [host, user ?? 'x', String(port ?? 1)]) expect(part).toMatch(/^[^-\s]\S*$/);
        }
      }),
    );
  });
});

describe('the script that a rig is given', () => {
  test('has only tools that read, and no quote that would end its own', () => {
    for (const { command, keptLines = '' } of rigTools) {
      expect(command).not.toMatch(/['"$`;|&><\\]/);
      expect(keptLines).not.toMatch(/['"$`\\]/);
      expect(command).toMatch(
        /^(nvidia-smi -q|rocm-smi --show|amd-smi (static|metric) --json|lspci |cat \/proc\/|dmesg$|journalctl -k |lsblk )/,
      );
    }
    expect(rigScript('mark').match(/'/g)).toHaveLength(2);
  });

  test('is taken apart as it was put together, whatever tools write', () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', '0', 'e', '\t'), maxLength: 12 });
    const written = fc.array(line, { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(written, { maxLength: rigTools.length }),
        fc.integer({ min: 0, max: 255 }),
        (outputs, status) => {
          const text = outputs
            .map((lines, index) => [`m ${index} begin`, ...lines, `m ${index} end ${status}`].join('\n'))
            .join('\nnoise\n');
          const { tools, isComplete } = parseRigOutput(`hello\n${text}\nm done\n`, 'm');
          expect(isComplete).toBe(true);
          expect(tools.map((output) => output.text)).toEqual(outputs.map((lines) => lines.join('\n')));
          expect(tools.every(({ exitStatus }) => exitStatus === status)).toBe(true);
        },
      ),
    );
  });
});
