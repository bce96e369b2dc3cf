import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import Dockerode from 'dockerode';
import type { RunOrder } from '../../runner.ts';
import { BUSYBOX_IMAGE } from './busybox-image.ts';
import { openTestRunner, runToEnd, socketOf, startHeard } from './test-runner.ts';

/** Whom one reaches at the port of each address, as lines `ADDRESS here`; each is waited for 2 s at most. */
function askAll(addresses: readonly string[]): string {
  return `for a in ${addresses.join(' ')}; do echo $a $(nc -w 2 $a 7777 </dev/null 2>/dev/null); done | grep here; true`;
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Those of our rules that are in force. */
function rules(): readonly string[] {
  const saved = execFileSync('iptables-save', { encoding: 'utf8' });
  return saved.split('\n').filter((line) => /rrg|RERIG/.test(line));
}

/** Told on stdout as one JSON document: what a container with a way to the internet reaches, from inside this namespace. */
const addresses = process.argv.slice(2);
/** A run is heard without keeping a program going. */
const going = setInterval(() => undefined, 1000);
const subject = await openTestRunner();
const internet: Partial<RunOrder> = {
  confinement: { tier: 'container', image: BUSYBOX_IMAGE, network: 'internet', mounts: [] },
};
const fromMachine = linesOf(execFileSync('/bin/busybox', ['sh', '-c', askAll(addresses)], { encoding: 'utf8' }));
const first = await startHeard(
  subject,
  subject.order('ip -4 -o addr show eth0; nc -ll -p 7777 -e echo here', internet),
);
while (first.output.length === 0) await wait(50);
const rulesOnce = rules().join('\n');
const otherAddress = /inet ([\d.]+)/.exec(first.output[0] ?? '')?.[1] ?? '';
const docker = new Dockerode({ socketPath: socketOf(subject.dataFolder) });
const [container] = await docker.listContainers({ filters: { label: [`rerig.run=${first.run.runId}`] } });
const { Pid } = (await docker.getContainer(container?.Id ?? '').inspect()).State;
const fromItself = execFileSync(
  'nsenter',
  [`--net=/proc/${Pid}/ns/net`, '/bin/busybox', 'sh', '-c', askAll([otherAddress])],
  { encoding: 'utf8' },
);
const bridges = Object.entries(networkInterfaces()).filter(([name]) => name.startsWith('rrg'));
const ours = bridges.flatMap(([, list = []]) =>
  list.map(({ address, family }) => (family === 'IPv6' ? `${address}%eth0` : address)),
);
const inside = await runToEnd(
  subject,
  subject.order(`${askAll(addresses)}; grep nameserver /etc/resolv.conf >&2`, internet),
);
const toMachine = await runToEnd(
  subject,
  subject.order(`r=$(ip route | awk '/default/ {print $3}'); ${askAll(['$r', ...ours])}`, internet),
);
const toOther = await runToEnd(subject, subject.order(askAll([otherAddress]), internet));
const rulesTwice = rules().join('\n');
await first.run.kill();
const networks = await docker.listNetworks();
await subject.dispose();
clearInterval(going);
process.stdout.write(
  JSON.stringify({
    fromMachine,
    fromContainer: inside.output,
    nameServers: inside.error.map((line) => line.replace('nameserver ', '')),
    ofMachineByLinkLocal: toMachine.output,
    ofOtherContainer: toOther.output,
    ofOtherFromItself: linesOf(fromItself).length,
    leftNetworks: networks.map(({ Name }) => Name).filter((name) => name.startsWith('rrg')),
    rulesOnce,
    rulesTwice,
  }),
);
