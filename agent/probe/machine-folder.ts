import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { probeMachine } from './probe-machine.ts';
import type { ProbeReport } from './report.ts';
import type { RunTool } from './run-tool.ts';

const CPUINFO = `processor\t: 0
model name\t: Intel(R) Celeron(R) CPU G3930 @ 2.90GHz
flags\t\t: fpu sse2 ssse3 sse4_1 sse4_2 aes
processor\t: 1
model name\t: Intel(R) Celeron(R) CPU G3930 @ 2.90GHz
flags\t\t: fpu sse2 ssse3 sse4_1 sse4_2 aes
`;

/** A rig in a folder, for tests: /sys, /proc and /etc as a Celeron with 4 GB and no cards has them, and what is added. */
export class MachineFolder {
  readonly root = mkdtempSync(join(tmpdir(), 'rerig-probe-'));

  constructor() {
    this.write('proc/cpuinfo', CPUINFO);
    this.write('proc/meminfo', 'MemTotal:        3913000 kB\nMemFree: 100000 kB\nMemAvailable:    3000000 kB\n');
    this.write('proc/sys/kernel/hostname', 'rig7\n');
    this.write('proc/sys/kernel/osrelease', '6.1.0-hive\n');
    this.write('etc/machine-id', '0123456789abcdef0123456789abcdef\n');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Adds a PCI function below the bridges that are given, as sysfs nests and links it. */
  addPci(address: string, files: Readonly<Record<string, string>>, above = ''): void {
    const place = join('sys/devices/pci0000:00', above, address);
    mkdirSync(join(this.root, place), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      if (name === 'driver') symlinkSync(`../../../bus/pci/drivers/${text}`, join(this.root, place, 'driver'));
      else this.write(join(place, name), `${text}\n`);
    }
    mkdirSync(join(this.root, 'sys/bus/pci/devices'), { recursive: true });
    symlinkSync(join(this.root, place), join(this.root, 'sys/bus/pci/devices', address));
  }

  /** Adds a disk at a place of the machine, as sysfs links it. */
  addDisk(name: string, place: string, files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(files)) this.write(join('sys/devices', place, file), `${text}\n`);
    mkdirSync(join(this.root, 'sys/block'), { recursive: true });
    symlinkSync(join(this.root, 'sys/devices', place), join(this.root, 'sys/block', name));
  }

  /** Probes it, without any vendor's tool where none is given. */
  probe(run: RunTool = async () => ({ kind: 'missing' })): Promise<ProbeReport> {
    return probeMachine({
      sys: join(this.root, 'sys'),
      proc: join(this.root, 'proc'),
      etc: join(this.root, 'etc'),
      run,
      dataFolder: this.root,
      now: () => new Date('2026-11-24T00:00:00Z'),
    });
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
