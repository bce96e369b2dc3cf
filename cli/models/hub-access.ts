import { HUB_ENDPOINT_DEFAULT, type HubAccess } from '@rerig/models/model-store';

/** The hub's address and token are those that Hugging Face's own tools read. */
export function hubAccess(): HubAccess {
  const { HF_ENDPOINT, HF_TOKEN } = process.env;
  return {
    endpoint: HF_ENDPOINT === undefined || HF_ENDPOINT === '' ? HUB_ENDPOINT_DEFAULT : HF_ENDPOINT,
    token: HF_TOKEN === undefined || HF_TOKEN === '' ? null : HF_TOKEN,
  };
}
