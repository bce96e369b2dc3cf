import type { ObservedCard, Rig } from '@rerig/domain/inventory';
import { z } from 'zod';

/** What is believed of one rig at most: boards for mining have up to 20 slots, and tools list a few disks. */
const CARDS_MAX = 64;
const DISKS_MAX = 64;

const text = z.string().max(500);
const bytes = z.number().min(0);
const watts = z.number().min(0);

const hostSchema = z
  .object({
    cpu: z
      .object({
        modelName: text,
        coreCount: z.int().min(1).exactOptional(),
        hasAes: z.boolean().exactOptional(),
        vectorExtension: z.enum(['none', 'avx', 'avx2', 'avx-512', 'unknown']),
      })
      .readonly()
      .exactOptional(),
    ram: z
      .object({ bytes, basis: z.enum(['reported', 'typical-of-board']), source: text })
      .readonly()
      .exactOptional(),
    board: z
      .object({ manufacturer: text.exactOptional(), product: text, bios: text.exactOptional() })
      .readonly()
      .exactOptional(),
    disks: z
      .array(
        z
          .object({
            modelName: text,
            bytes: bytes.exactOptional(),
            attachment: z.enum(['usb', 'sata', 'nvme', 'virtual', 'unknown']),
          })
          .readonly(),
      )
      .max(DISKS_MAX)
      .readonly()
      .exactOptional(),
    nvidiaDriverVersion: text.exactOptional(),
    amdDriverVersion: text.exactOptional(),
    kernel: text.exactOptional(),
    integratedGraphicsName: text.exactOptional(),
    virtualMachine: text.exactOptional(),
  })
  .readonly();

const readingSchema = z
  .object({
    temperatureCelsius: z.number().exactOptional(),
    memoryTemperatureCelsius: z.number().exactOptional(),
    fanPercent: z.number().exactOptional(),
    powerWatts: watts.exactOptional(),
    hashesPerSecond: z.number().min(0).exactOptional(),
    algorithm: text.exactOptional(),
    observedAt: text.exactOptional(),
  })
  .readonly();

const observedCardSchema: z.ZodType<ObservedCard> = z
  .object({
    cardId: z.string().min(1).max(200),
    kind: z.enum(['gpu', 'cpu']),
    busId: text.exactOptional(),
    name: text.exactOptional(),
    vendor: z.enum(['nvidia', 'amd', 'intel']).exactOptional(),
    boardMaker: text.exactOptional(),
    pciId: text.exactOptional(),
    subsystemId: text.exactOptional(),
    pciRevision: text.exactOptional(),
    serial: text.exactOptional(),
    kernelDriver: text.exactOptional(),
    vramBytes: bytes.exactOptional(),
    memoryMaker: text.exactOptional(),
    vbios: text.exactOptional(),
    uuid: text.exactOptional(),
    powerLimitWatts: z
      .object({ least: watts.exactOptional(), shipped: watts.exactOptional(), most: watts.exactOptional() })
      .readonly()
      .exactOptional(),
    pcieLink: z
      .object({ generation: z.int().min(1), laneCount: z.int().min(1) })
      .readonly()
      .exactOptional(),
    pcieLinkMost: z
      .object({ generation: z.int().min(1), laneCount: z.int().min(1) })
      .readonly()
      .exactOptional(),
    reading: readingSchema.exactOptional(),
  })
  .readonly();

const statementSchema = z.object({ text, source: text }).readonly();

/** A rig as `@rerig/domain/inventory` has it. */
export const rigSchema: z.ZodType<Rig> = z
  .object({
    rigId: z.string().min(1).max(200),
    name: text,
    source: z.enum(['agent', 'hiveos', 'files']),
    host: hostSchema,
    cards: z.array(observedCardSchema).max(CARDS_MAX).readonly(),
    contradictions: z
      .array(
        z
          .object({
            subject: z.enum(['ram', 'cards', 'cpu', 'board', 'driver', 'card']),
            cardId: text.exactOptional(),
            aspect: text.exactOptional(),
            taken: statementSchema,
            others: z.array(statementSchema).readonly(),
          })
          .readonly(),
      )
      .max(100)
      .readonly(),
    observedAt: text.exactOptional(),
  })
  .readonly();
