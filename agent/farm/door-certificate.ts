import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { writeWholeFile } from './whole-file.ts';

/** By which a farm's door proves itself. Rigs know it by its fingerprint, not by a name. */
export interface DoorCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** SHA-256 of it, 32 bytes. */
  readonly fingerprint: Buffer;
}

/** Longer than a farm lives: rigs hold its fingerprint, so that a new one makes all of them join again. */
const YEARS = 30;

/** Reads the certificate of a farm's folder, or makes it there. */
export async function openDoorCertificate(farmFolder: string, nowMs: number): Promise<DoorCertificate> {
  const [keyPath, certificatePath] = [join(farmFolder, 'door.key'), join(farmFolder, 'door.crt')];
  if (!existsSync(keyPath) || !existsSync(certificatePath)) {
    const notBeforeDate = new Date(nowMs - 24 * 60 * 60 * 1000);
    const notAfterDate = new Date(nowMs + YEARS * 365 * 24 * 60 * 60 * 1000);
    const made = await generate([{ name: 'commonName', value: 'Rerig farm' }], {
      ...{ keyType: 'ec', curve: 'P-256', algorithm: 'sha256', notBeforeDate, notAfterDate },
    });
    await writeWholeFile(keyPath, made.private, 0o600);
    await writeWholeFile(certificatePath, made.cert, 0o644);
  }
  const [keyPem, certificatePem] = await Promise.all([readFile(keyPath, 'utf8'), readFile(certificatePath, 'utf8')]);
  const hex = new X509Certificate(certificatePem).fingerprint256.replaceAll(':', '');
  return { keyPem, certificatePem, fingerprint: Buffer.from(hex, 'hex') };
}
