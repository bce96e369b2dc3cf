import type { Vendor } from '../../cards.ts';
import { busIdOf } from '../bus-id.ts';
import { isJsonObject, type JsonObject, listOf, numberOf, positiveOf, textOf } from '../fields.ts';
import type { FormatName, FormatRead } from '../sighting.ts';
import { minerBusOf } from './bus.ts';
import { hashesPerUnitOf } from './hash-rate.ts';
import { type MinerCard, minerRead, timeOfUnixSeconds, withoutCards } from './miner-card.ts';

/** An answer in the API of cgminer that sgminer and TeamRedMiner took over: who gives it, and its sections. */
export interface SgminerAnswer {
  /** `TeamRedMiner 0.3.8`, `sgminer 5.5.5-gm`. */
  readonly description: string;
  readonly sentAt: string | undefined;
  /** `DEVS`, `POOLS`, `SUMMARY`, … each with its rows. */
  readonly sections: ReadonlyMap<string, readonly JsonObject[]>;
}

/** Sections of the API. Source: sgminer-gm, doc/API.md. */
const SECTION = /^(DEVS|DEV|GPU|POOLS|SUMMARY|CONFIG|VERSION|DEVDETAILS|STATS|COIN|NOTIFY|CHECK|MINECON|USBSTATS)$/;

/**
 * Reads one answer (`STATUS` with a section), or what several commands joined by `+` give: answers by command, each in
 * a list. Undefined for what is none.
 */
export function parseSgminerAnswer(value: unknown): SgminerAnswer | undefined {
  if (!isJsonObject(value)) return undefined;
  const answers = Array.isArray(value.STATUS) ? [value] : Object.values(value).flatMap(answersIn);
  const statuses = answers.flatMap((answer) => listOf(answer.STATUS).filter(isJsonObject));
  const [status] = statuses;
  if (status === undefined || !('Msg' in status || 'Description' in status)) return undefined;
  const sections = new Map<string, readonly JsonObject[]>();
  for (const [name, rows] of answers.flatMap((answer) => Object.entries(answer))) {
    if (!SECTION.test(name)) continue;
    sections.set(name, [...(sections.get(name) ?? []), ...listOf(rows).filter(isJsonObject)]);
  }
  return { description: textOf(status.Description) ?? '', sentAt: timeOfUnixSeconds(status.When), sections };
}

function answersIn(value: unknown): readonly JsonObject[] {
  const list = Array.isArray(value) ? listOf(value) : [value];
  return list.filter(isJsonObject).filter(({ STATUS }) => Array.isArray(STATUS));
}

/**
 * Makes a sighting of an answer's graphics cards; what mines on other hardware or lists none says so. TeamRedMiner
 * drives AMD's cards alone, and lists them once for each of two algorithms: the first counts.
 */
export function readSgminerAnswer(answer: SgminerAnswer, format: FormatName, source: string): FormatRead {
  const rows = ['DEVS', 'DEV', 'GPU'].flatMap((name) => answer.sections.get(name) ?? []);
  const cardRows = [
    ...new Map(
      rows
        .filter(isCard)
        .toReversed()
        .map((row) => [numberOf(row.GPU), row]),
    ).values(),
  ];
  const details = (answer.sections.get('DEVDETAILS') ?? []).filter(({ Name }) => textOf(Name)?.toUpperCase() === 'GPU');
  const algorithm = (answer.sections.get('POOLS') ?? []).map((pool) => textOf(pool.Algorithm)).find(isTold);
  const vendor: Vendor | undefined = format === 'teamredminer' ? 'amd' : undefined;
  const cards = cardsOf(cardRows.toReversed(), details, algorithm).map((card) => ({ ...card, vendor }));
  if (cards.length > 0) return minerRead({ format, source, sentAt: answer.sentAt, cards });
  return withoutCards(source, seenIn(answer, rows.length > 0), 'Save the answer to {"command":"devs"} while it mines.');
}

function isTold(text: string | undefined): text is string {
  return text !== undefined;
}

/** Rows of ASICs (`ASC`) and of FPGAs (`PGA`) are no graphics cards. */
function isCard(row: JsonObject): boolean {
  return 'GPU' in row;
}

function seenIn({ description, sections }: SgminerAnswer, hasOtherRows: boolean): string {
  const who = description === '' ? 'a miner in the API of sgminer' : description;
  if (hasOtherRows) return `a list of ${who} in which there are ASICs or FPGAs and no graphics card`;
  const names = [...sections.keys()].slice(0, 5).join(', ');
  return names === '' ? `an answer of ${who} without a list` : `what ${who} says of ${names}`;
}

function cardsOf(
  rows: readonly JsonObject[],
  details: readonly JsonObject[],
  algorithm: string | undefined,
): readonly MinerCard[] {
  const detailById = new Map(details.map((detail) => [numberOf(detail.ID), detail]));
  const listed = rows.map((row) => cardOf(row, detailById.get(numberOf(row.GPU) ?? numberOf(row.ID)), algorithm));
  return listed.length > 0 ? listed : details.map((detail) => cardOf({ GPU: detail.ID }, detail, algorithm));
}

function cardOf(row: JsonObject, detail: JsonObject | undefined, algorithm: string | undefined): MinerCard {
  return {
    index: row.GPU,
    name: row.Model ?? row['Card Name'] ?? detail?.Model,
    busId: busOf(row) ?? (detail === undefined ? undefined : busOf(detail)),
    sensors: {
      celsius: row.Temperature,
      memoryCelsius: row.TemperatureMem ?? row['Memory Temperature'] ?? row['Temperature Mem'],
      hotSpotCelsius: row.TemperatureJnct ?? row['Junction Temperature'] ?? row['Temperature Junction'],
      fanPercent: row['Fan Percent'],
      fanRpm: row['Fan Speed'],
      watts: row['GPU Power'] ?? row.Power ?? row['Power Consumption'] ?? row['Power Usage'],
      coreMhz: row['GPU Clock'],
      memoryMhz: row['Memory Clock'],
      invalidShares: row['Hardware Errors'],
      hashesPerSecond: hashesOfRow(row),
      algorithm,
    },
  };
}

function busOf(row: JsonObject): string | undefined {
  const written = row['PCIe Bus'] ?? row['PCI Bus'] ?? row['PCIE Bus'] ?? row.PCI ?? row['Bus ID'];
  return minerBusOf(written) ?? busIdOf(row['Device Path']);
}

/** `KHS 30s`, `MHS av`: the rate now where it is told, else the average; of several units the finest has most digits. */
function hashesOfRow(row: JsonObject): number | undefined {
  const rates = Object.entries(row).flatMap(([key, value]) => {
    const [, unit, window] = /^([KMGT]?HS) (\d{1,4}s|av)$/i.exec(key) ?? [];
    const hashesPerUnit = hashesPerUnitOf(unit);
    const rate = positiveOf(value);
    if (hashesPerUnit === undefined || rate === undefined) return [];
    return [{ hashesPerUnit, rate, isNow: window?.toLowerCase() !== 'av' }];
  });
  const [best] = rates.toSorted(
    (one, other) => Number(other.isNow) - Number(one.isNow) || one.hashesPerUnit - other.hashesPerUnit,
  );
  return best === undefined ? undefined : best.rate * best.hashesPerUnit;
}
