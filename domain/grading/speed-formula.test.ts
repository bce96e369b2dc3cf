import { describe, expect, it } from 'vitest';
import { speedRouteOf } from './speed-card.ts';
import { kvBytesPerToken, spreadClassOf } from './speed-formula.ts';

function request(parameterCount: number, activeParameterCount = parameterCount) {
  const tokens = { promptTokenCount: 512, generateTokenCount: 128 };
  return { parameterCount, activeParameterCount, weightsBytes: 1e9, quantizationClass: 'k-quant', ...tokens } as const;
}

describe('spreadClassOf', () => {
  it('tells small models and mixtures of experts apart by CUDA only, where enough of them were measured', () => {
    expect(spreadClassOf({ route: 'cuda', request: request(8e9) })).toBe('cuda');
    expect(spreadClassOf({ route: 'cuda', request: request(3e9) })).toBe('cuda small');
    expect(spreadClassOf({ route: 'cuda', request: request(30e9, 3e9) })).toBe('cuda mixture');
    expect(spreadClassOf({ route: 'vulkan', request: request(30e9, 3e9) })).toBe('vulkan');
  });
});

describe('what speed is reckoned from', () => {
  it('takes both generations of CUDA for one, and predicts nothing of a processor', () => {
    expect(speedRouteOf('cuda-12')).toBe(speedRouteOf('cuda-13'));
    expect(speedRouteOf('cpu')).toBeUndefined();
  });

  it('keeps 128 KiB a token for an 8B model, as Llama 3.1 has it', () => {
    expect(kvBytesPerToken(8.03e9)).toBe(131_072);
  });
});
