import { type CardMatch, type CardModel, type Route, routesOf } from '../cards.ts';
import { formatBytes } from '../quantity.ts';
import type { CardRule, SeenCard } from './card-finding-rule.ts';
import { type Finding, finding, once, oneOf, routeTitle } from './finding.ts';
import { TIGHT_BYTES } from './finding-thresholds.ts';
import { largestFit, type WorkloadFit } from './fit.ts';

/** By which software a card is driven and until when, and what fits. Asked of a processor too. */
export const fitRules: readonly CardRule[] = [routeEnding, routeEnded, routeUnofficial, nothingFits, fitTight];

function routeEnding({ assessed: { route } }: SeenCard): Finding | undefined {
  return route?.supportedUntil === undefined ? undefined : endingRoute(route);
}

const endingRoute = once((route: Route) =>
  finding('route-ending', {
    what: `${routeTitle(route.name)} supports it until about ${route.supportedUntil}.`,
    why: route.note,
    mend: 'Keep the rig on this driver branch, and plan the card’s end by that date.',
  }),
);

interface KnownRoutes {
  readonly ended: Route | undefined;
  readonly unofficial: Route | undefined;
  readonly isDriven: boolean;
}

const routesByModel = new Map<CardModel, KnownRoutes>();

function knownRoutes(model: CardModel): KnownRoutes {
  const known = routesByModel.get(model);
  if (known !== undefined) return known;
  const routes = routesOf(model);
  const fresh = {
    ended: routes.find(({ status }) => status === 'ended'),
    unofficial: routes.find(({ status }) => status === 'unofficial'),
    isDriven: routes.some(({ status }) => status !== 'ended'),
  };
  routesByModel.set(model, fresh);
  return fresh;
}

function routeEnded({ model, assessed: { route, match } }: SeenCard): Finding | undefined {
  if (route === null) return undrivenOf(match);
  const ended = model === undefined ? undefined : knownRoutes(model).ended;
  return ended === undefined
    ? undefined
    : droppedRoute(`${routeTitle(ended.name)}\n${ended.note}\n${routeTitle(route.name)}`);
}

/** Undriven where no model that it may be is driven: an ambiguous card is no better off than a known one. */
function undrivenOf(match: CardMatch | undefined): Finding | undefined {
  if (match === undefined || match.kind === 'unknown') return undefined;
  const [first, ...others] = match.kind === 'matched' ? [match.model] : match.models;
  if (first === undefined || [first, ...others].some((each) => knownRoutes(each).isDriven)) return undefined;
  return undrivenModel(first);
}

const undrivenModel = once((model: CardModel) => {
  const last = knownRoutes(model).ended;
  return finding('route-ended', {
    severity: 'blocking',
    what: `No software that is still kept up drives ${oneOf(model.family)} for AI.`,
    why: last === undefined ? 'No route of the catalogue drives its chip.' : `${routeTitle(last.name)}: ${last.note}`,
    mend: 'Let it mine where its miner still does, or sell it.',
    mendKind: 'replace-card',
  });
});

const droppedRoute = once((nameNoteAndRoute: string) => {
  const [name = '', note = '', routeName = ''] = nameNoteAndRoute.split('\n');
  return finding('route-ended', {
    what: `Its vendor has dropped it from ${name}; it serves by ${routeName}.`,
    why: `${note} What is built on ${name}, PyTorch first, does not run on it.`,
    mend: `Nothing for serving. For PyTorch try a community build of ${name}, at your own risk.`,
  });
});

function routeUnofficial({ model, assessed: { route } }: SeenCard): Finding | undefined {
  if (model === undefined || route === null || route.name === 'cpu') return undefined;
  const { unofficial } = knownRoutes(model);
  return unofficial === undefined || unofficial.name === route.name ? undefined : unofficialFor(model);
}

const unofficialFor = once((model: CardModel) => {
  const route = knownRoutes(model).unofficial;
  return finding('route-unofficial', {
    what: `${route === undefined ? 'Another route' : routeTitle(route.name)} drives it too, though its vendor does not list ${oneOf(model.name)}.`,
    why: route?.note ?? '',
    mend: 'Try it on one card and measure; keep Vulkan where it is no faster.',
    unlocks: 'PyTorch in containers, which Vulkan does not give.',
  });
});

function nothingFits({ assessed: { fits, vram } }: SeenCard): Finding | undefined {
  return vram === undefined || largestFit(fits) !== null ? undefined : smallestLacks(fits);
}

function smallestLacks(fits: readonly WorkloadFit[]): Finding | undefined {
  const smallest = fits.find(({ workload }) => workload.kind === 'chat' && workload.isStandard);
  return smallest === undefined ? undefined : lackOf(smallest);
}

/** Cards of one model and VRAM share their fits, and with them these findings. */
const lackOf = once(({ workload, needs, leftBytes }: WorkloadFit) =>
  finding('nothing-fits', {
    what: `Not even ${workload.name} fits in ${formatBytes(needs.totalBytes + leftBytes)}.`,
    why: `With 4,096 tokens of context it needs ${formatBytes(needs.totalBytes)}.`,
    mend: 'Let it mine or sell it: what does not fit is not run from the rig’s own memory.',
  }),
);

function fitTight({ assessed: { fits } }: SeenCard): Finding | undefined {
  const largest = largestFit(fits);
  return largest === null || largest.leftBytes >= TIGHT_BYTES ? undefined : tightness(largest);
}

const tightness = once(({ workload, needs, leftBytes }: WorkloadFit) =>
  finding('fit-tight', {
    what: `${workload.name} leaves only ${formatBytes(leftBytes)} of VRAM.`,
    why: `It needs ${formatBytes(needs.totalBytes)} with 4,096 tokens of context, by a formula.`,
    mend: 'Try it before you offer it, keep the card free of a desktop, or serve a smaller context.',
  }),
);
