/** The catalogue of card models, telling which model a card is, and the software routes that can drive it. */
export { cardModels } from './cards/catalogue.ts';

export type { CardClue, CardMatch, MatchBasis, VramAgreement } from './cards/clue.ts';
export { type FigureName, type FigureSource, figureSourcesOf } from './cards/figure-sources.ts';
export { compareVram, matchCard } from './cards/match.ts';
export type { CardModel, PcieLink, StockThrottle, Vendor } from './cards/model.ts';
export { type ParsedName, parseName } from './cards/name.ts';
export type { Route, RouteName } from './cards/route.ts';
export { cpuRoute, routesOf, routesReadOn } from './cards/routes.ts';
