import { FaultError, isFault } from '@rerig/domain/fault';
import { formatBytes } from '@rerig/domain/quantity';
import type { VerifiedPart } from '@rerig/models/model-store';
import { listenForStop } from '../stop-request.ts';
import { printFault } from '../terminal.ts';
import { openStore } from './list.ts';
import { TransferLine } from './transfer-line.ts';

/** What `remove` and `verify` are given. */
export interface KeepOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** Removes a model. */
export async function removeModel(name: string, options: KeepOptions): Promise<void> {
  const removed = await openStore(options.data).remove(name);
  if (isFault(removed)) throw new FaultError(removed);
  if (options.json === true) process.stdout.write(`${JSON.stringify(removed, null, 2)}\n`);
  else process.stderr.write(`✔ ${name} is removed; ${formatBytes(removed.freedBytes)} are free again\n`);
}

/** Reads every byte of one model, or of all, and tells those that are not what they were. */
export async function verifyModels(name: string | undefined, options: KeepOptions): Promise<void> {
  const store = openStore(options.data);
  const { models, faults } = store.list();
  const names = name === undefined ? models.map((entry) => entry.name) : [name];
  const line = new TransferLine();
  const stop = listenForStop(() => line.note('stopping'));
  const verified: VerifiedPart[] = [];
  try {
    for (const each of names) {
      const parts = await store.verify(each, stop.signal, (progress) => {
        if (progress.kind === 'bytes') line.tell(progress);
      });
      if (isFault(parts)) throw new FaultError(parts);
      verified.push(...parts);
    }
  } finally {
    line.end();
    stop.forget();
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify({ files: verified, faults }, null, 2)}\n`);
  else {
    for (const part of verified) process.stdout.write(`${verifiedText(part)}\n`);
    for (const fault of faults) printFault(fault);
  }
  if (faults.length > 0 || verified.some(({ isRight }) => !isRight)) process.exitCode = 1;
}

function verifiedText({ name, fileName, isRight, why }: VerifiedPart): string {
  const file = fileName.replace(/\.gguf$/, '') === name ? name : `${name} (${fileName})`;
  return isRight ? `✔ ${file}` : `✖ ${file}\n  ${why}\n  Give "rerig models remove ${name}", then add it again.`;
}
