import type { PriceFigure } from '../figure.ts';
import { figuresOf } from './row.ts';

const LISTS = 'apideposu/llm-pricing-deposu README, updated 2026-09-03, which merges LiteLLM and models.dev';
const OPENROUTER = 'OpenRouter’s own models answer, stored in a test run of 2026-09-08 20:19 UTC (code id 65835973442)';
const REGISTRY =
  'verified-model registry of a code repository, its DeepInfra and Novita lines (code id 58510472291); it lists models of 2026-07 and 2026-08, no day given';
const DENSE = 'asked for an open model of this size at full context; 4-bit replicas sell in the same class';

/** What venues ask for a million tokens of open models, by size class. They are asks of hosts in data centres. */
export const tokenFigures: readonly PriceFigure[] = [
  ...figuresOf('token-input', [
    ['1B', 0.02, 'USD/Mtoken', '2026-09-03', 'Novita', 'medium', LISTS, 'Llama-3.2-1B-Instruct'],
    ['3B', 0.02, 'USD/Mtoken', '2026-09-03', 'DeepInfra', 'medium', LISTS, 'Llama-3.2-3B-Instruct'],
    ['3B', 0.015, 'USD/Mtoken', '2026-09-03', 'Lambda', 'medium', LISTS, 'Llama-3.2-3B-Instruct'],
    ['8B', 0.02, 'USD/Mtoken', '2026-09-03', 'DeepInfra', 'medium', LISTS, 'Llama-3.1-8B-Instruct-Turbo'],
    ['8B', 0.025, 'USD/Mtoken', '2026-09-03', 'Lambda', 'medium', LISTS, 'Llama-3.1-8B-Instruct'],
    ['8B', 0.02, 'USD/Mtoken', '2026-09-03', 'Nebius', 'medium', LISTS, 'Llama-3.1-8B-Instruct'],
    ['8B', 0.05, 'USD/Mtoken', '2026-09-08', 'OpenRouter', 'high', OPENROUTER, 'Llama-3.1-8B-Instruct'],
    ['14B', 0.12, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Qwen3-14B; ${DENSE}`],
    ['14B', 0.07, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Phi-4 (14.7B); ${DENSE}`],
    ['32B', 0.08, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Qwen3-32B; ${DENSE}`],
    ['30B-A3B', 0.12, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Qwen3-30B-A3B; ${DENSE}`],
    ['30B-A3B', 0.05, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Nemotron-3-Nano-30B-A3B; ${DENSE}`],
  ]),
  ...figuresOf('token-output', [
    ['1B', 0.02, 'USD/Mtoken', '2026-09-03', 'Novita', 'medium', LISTS, 'Llama-3.2-1B-Instruct'],
    ['3B', 0.02, 'USD/Mtoken', '2026-09-03', 'DeepInfra', 'medium', LISTS, 'Llama-3.2-3B-Instruct'],
    ['3B', 0.025, 'USD/Mtoken', '2026-09-03', 'Lambda', 'medium', LISTS, 'Llama-3.2-3B-Instruct'],
    ['8B', 0.04, 'USD/Mtoken', '2026-09-03', 'DeepInfra', 'medium', LISTS, 'Llama-3.1-8B-Instruct-Turbo'],
    ['8B', 0.04, 'USD/Mtoken', '2026-09-03', 'Lambda', 'medium', LISTS, 'Llama-3.1-8B-Instruct'],
    ['8B', 0.06, 'USD/Mtoken', '2026-09-03', 'Nebius', 'medium', LISTS, 'Llama-3.1-8B-Instruct'],
    ['8B', 0.08, 'USD/Mtoken', '2026-09-08', 'OpenRouter', 'high', OPENROUTER, 'Llama-3.1-8B-Instruct'],
    ['14B', 0.24, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Qwen3-14B; ${DENSE}`],
    ['14B', 0.14, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Phi-4 (14.7B); ${DENSE}`],
    ['32B', 0.28, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Qwen3-32B; ${DENSE}`],
    ['30B-A3B', 0.5, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Qwen3-30B-A3B; ${DENSE}`],
    ['30B-A3B', 0.2, 'USD/Mtoken', '2026-08', 'DeepInfra', 'medium', REGISTRY, `Nemotron-3-Nano-30B-A3B; ${DENSE}`],
  ]),
];
