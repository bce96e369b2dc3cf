import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CardModel, cardModels, type Route, routesOf } from '../cards.ts';

function modelNamed(name: string): CardModel {
  return cardModels.find((model) => model.name === name) ?? expect.fail(`the catalogue lacks ${name}`);
}

function summaryOf({ name, status, driverBranchLast, toolkitLast, frameworkLast, supportedUntil }: Route): string {
  const ends = [driverBranchLast, toolkitLast, frameworkLast, supportedUntil].filter((end) => end !== undefined);
  return [name, status, ...ends].join(' ');
}

describe('routesOf', () => {
  it.each([
    ['RTX 5090', 'cuda-13 supported, cuda-12 supported CUDA 12.9 PyTorch 2.11 (cu128), vulkan supported'],
    ['CMP 40HX', 'cuda-13 supported, cuda-12 supported CUDA 12.9 PyTorch 2.14 (cu126), vulkan supported'],
    ['P104-100 8GB', 'cuda-12 supported R580 CUDA 12.9 PyTorch 2.14 (cu126) 2028, vulkan supported R580 2028'],
    ['GTX 750 Ti', 'cuda-12 supported R580 CUDA 12.9 PyTorch 2.14 (cu126) 2028, vulkan supported R580 2028'],
    ['Tesla K80', 'vulkan ended R470 CUDA 11.8 2024-09'],
    ['GTX 680', 'vulkan ended R470 CUDA 10.2 2024-09'],
    ['RX 580 8GB', 'rocm ended ROCm 4, vulkan supported'],
    ['Instinct MI50 16GB', 'rocm ended ROCm 6.0 2024-06, vulkan supported'],
    ['RX 6800', 'rocm unofficial, vulkan supported'],
    ['Pro V620', 'rocm supported, vulkan supported'],
    ['RX 9070 XT', 'rocm supported, vulkan supported'],
    ['R9 280X', 'vulkan supported'],
    ['Arc A770 16GB', 'vulkan supported'],
  ])('drives %s by %s', (name, expected) => {
    expect(routesOf(modelNamed(name)).map(summaryOf).join(', ')).toBe(expected);
  });

  it('gives every route a source, and an end of its driver the same way in words and number', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cardModels), (model) => {
        for (const route of routesOf(model)) {
          expect(route.source).not.toBe('');
          expect(route.driverBranchLast).toBe(
            route.driverMajorMax === undefined ? undefined : `R${route.driverMajorMax}`,
          );
          if (route.driverMajorMax !== undefined) expect(route.supportedUntil).toBeDefined();
        }
      }),
    );
  });
});
