/** Shares a store with the rigs of its farm, over HTTP in the local network. */

export { MODELS_PORT_DEFAULT, type ModelShare, type ShareOptions, shareModels } from './share/share-models.ts';
