import { isIP } from 'node:net';
import { isFault } from '@rerig/domain/fault';
import type { InventoryFile } from '@rerig/domain/inventory';
import { z } from 'zod';
import { type SourceFault, sourceFault } from './faults.ts';
import { askHive, type HiveAsking, unusableAnswer } from './hive-http.ts';
import type { RigSource, SourceRead, TellProgress } from './port.ts';

/** HiveOS's API v2. Source: its own reference, https://app.swaggerhub.com/apis/HiveOS/public/2.1-beta. */
export const HIVEOS_URL = 'https://api2.hiveos.farm/api/v2';

/** How HiveOS is asked. */
export interface HiveSourceOptions {
  /** A personal token of the operator; it is sent to `url` alone, and never told. */
  readonly token: string;
  /** One farm by its number; all that the token sees where absent. */
  readonly farmId?: number;
  /** `HIVEOS_URL` where absent. Without TLS only this machine is asked. */
  readonly url?: string;
  readonly tellProgress?: TellProgress;
  /** How long one answer may take, 30 s where absent. */
  readonly answerLimitMs?: number;
  /** Waits between tries; a test gives one that does not. */
  readonly pauseMs?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Rigs a page; a farm's rigs are about 10 KB each. */
const PAGE_SIZE = 200;
const MOST_PAGES = 1000;
const MOST_FARMS = 1000;

/** The rigs of farms as HiveOS's API tells them, page by page, each answer as it came. */
export function hiveSource(options: HiveSourceOptions): RigSource {
  const name = options.farmId === undefined ? 'HiveOS' : `farm ${options.farmId} of HiveOS`;
  return { name, read: (signal) => readFarms(options, signal) };
}

async function readFarms(options: HiveSourceOptions, signal: AbortSignal): Promise<SourceRead> {
  const url = usableUrl(options.url ?? HIVEOS_URL);
  if (isFault(url)) return { files: [], faults: [url] };
  if (!/^[\x21-\x7e]{1,4096}$/.test(options.token)) return { files: [], faults: [unusableToken()] };
  const asking: HiveAsking = { ...options, url, signal };
  const farmIds = options.farmId === undefined ? await listFarms(asking) : [options.farmId];
  if (isFault(farmIds)) return { files: [], faults: [farmIds] };
  const files: InventoryFile[] = [];
  const faults: SourceFault[] = [];
  for (const farmId of farmIds.slice(0, MOST_FARMS)) {
    const read = await readFarm(asking, farmId, options.tellProgress);
    files.push(...read.files);
    faults.push(...read.faults);
  }
  if (farmIds.length === 0) faults.push(noFarm());
  return { files, faults };
}

/** The token goes over the network: without TLS only to this machine. */
function usableUrl(written: string): string | SourceFault {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const isLocal = url !== undefined && (url.hostname === 'localhost' || isLoopback(url.hostname));
  const isUsable =
    url !== undefined && url.username === '' && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal));
  if (isUsable) return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  return sourceFault('hiveos-url-unusable', {
    what: `HiveOS is not asked at ${written.slice(0, 100)}.`,
    why: 'The token would go there in the clear, or it is no URL.',
    mend: `Give a URL that begins with https://, such as ${HIVEOS_URL}.`,
  });
}

function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) !== 0 && (address.startsWith('127.') || address === '::1');
}

const farmList = z.object({ data: z.array(z.looseObject({ id: z.int().positive() })) });

async function listFarms(asking: HiveAsking): Promise<readonly number[] | SourceFault> {
  const answer = await askHive(asking, '/farms');
  if (isFault(answer)) return answer;
  const parsed = farmList.safeParse(answer.value);
  return parsed.success ? parsed.data.data.map(({ id }) => id) : unusableAnswer('/farms', 'it lists no farms');
}

const page = z.looseObject({
  data: z.array(z.unknown()),
  pagination: z.looseObject({ total_pages: z.int().optional(), current_page: z.int().optional() }).optional(),
});

/** All pages of a farm's rigs; where one fails, those before it are kept. */
async function readFarm(asking: HiveAsking, farmId: number, tellProgress?: TellProgress): Promise<SourceRead> {
  const files: InventoryFile[] = [];
  const seen = new Set<string>();
  for (let number = 1; number <= MOST_PAGES; number += 1) {
    const path = `/farms/${farmId}/workers?page=${number}&per_page=${PAGE_SIZE}`;
    const answer = await askHive(asking, path);
    const isUsable = !isFault(answer) && page.safeParse(answer.value).success;
    const fault = isFault(answer) ? answer : isUsable ? undefined : unusableAnswer(path, 'it has no "data"');
    const what = `farm ${farmId}, page ${number}`;
    tellProgress?.({ doneCount: number, what, isFault: fault !== undefined });
    if (fault !== undefined || isFault(answer)) return { files, faults: fault === undefined ? [] : [fault] };
    const { data, pagination } = page.parse(answer.value);
    // A server that does not know pages gives the same for each.
    if (seen.has(answer.text)) break;
    seen.add(answer.text);
    files.push({ name: `${asking.url}${path}`, text: answer.text });
    if (data.length === 0 || number >= (pagination?.total_pages ?? 1)) break;
  }
  return { files, faults: [] };
}

function unusableToken(): SourceFault {
  return sourceFault('hiveos-token-unusable', {
    what: 'HiveOS’s token can’t be used.',
    why: 'It is empty, or has blanks or letters that no token has.',
    mend: 'Write the token alone into the file, on one line.',
  });
}

function noFarm(): SourceFault {
  return sourceFault('hiveos-refused', {
    what: 'HiveOS lists no farm.',
    why: 'The token sees none.',
    mend: 'Use a token of an account that has a farm.',
  });
}
