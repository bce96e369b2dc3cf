/** Whether a model fits the cards of a farm, by the formula that cards are graded with. */

export { type CardFit, CONTEXT_TOKENS_DEFAULT, chatWorkloadOf, fitOf, type ModelFit } from './fit/model-fit.ts';
