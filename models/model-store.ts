/**
 * The models of a machine: each kept once, under the hash of its bytes, and found by its name.
 *
 *     const store = openModelStore(dataFolder);              // a Fault where the folder can't be written
 *     store.resolve('llama-8b')                              // a Fault, or { path, parts, facts, … } for --model
 *     await store.ensure('hf:ORG/REPO/FILE.gguf', { signal }) // the same, fetched where it is not there
 */

export { type ModelFault, type ModelFaultCode, modelFault } from './faults.ts';
export { type HubAccess, type HubFile, hubFileUrl, listOnHub } from './fetch/hub.ts';
export { fetchModelFacts, type HeaderPlace } from './fetch/remote-header.ts';
export { type ModelSource, parseModelSource } from './fetch/source.ts';
export { HUB_ENDPOINT_DEFAULT } from './store/add-remote.ts';
export type { StoredModel } from './store/commit-entry.ts';
export type { ModelEntry, ModelPart } from './store/entry.ts';
export { type ModelStore, openModelStore } from './store/open-model-store.ts';
export type { AddWish, StoreProgress } from './store/progress.ts';
export type { RemovedModel } from './store/remove-model.ts';
export type { VerifiedPart } from './store/verify-model.ts';
