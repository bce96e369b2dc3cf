import { describe, expect, it } from 'vitest';
import { type InventoryRead, readInventory } from '../inventory.ts';
import { MIB } from '../quantity.ts';

function read(...lines: readonly string[]): InventoryRead {
  return readInventory([{ name: 'rig07.log', text: lines.join('\n') }]);
}

describe('the log of llama.cpp', () => {
  it('gives the cards that CUDA found, with VRAM, and the bus of those that are used', () => {
    const { farm, faults } = read(
      'ggml_cuda_init: found 2 CUDA devices (Total VRAM: 16232 MiB):',
      '  Device 0: NVIDIA P104-100, compute capability 6.1, VMM: yes, VRAM: 8116 MiB',
      '0.180 I   Device 1: NVIDIA P104-100, compute capability 6.1, VMM: yes, VRAM: 8116 MiB',
      'main: using device CPU (12th Gen Intel(R) Core(TM) i7-12700K) (unknown id) - 53243 MiB free',
      'llama_prepare_model_devices: using device CUDA0 (NVIDIA P104-100) (0000:03:00.0) - 8017 MiB free',
    );
    expect(faults).toEqual([]);
    expect(farm.rigs[0]?.cards).toEqual([
      {
        ...{ cardId: 'rig07/03:00.0', kind: 'gpu', busId: '03:00.0', name: 'NVIDIA P104-100', vendor: 'nvidia' },
        vramBytes: 8116 * MIB,
      },
      { cardId: 'rig07/card-1', kind: 'gpu', name: 'NVIDIA P104-100', vendor: 'nvidia', vramBytes: 8116 * MIB },
    ]);
  });

  it('gives the cards that Vulkan found, and no software that draws', () => {
    const { farm } = read(
      'ggml_vulkan: Found 2 Vulkan devices:',
      'ggml_vulkan: 0 = AMD Radeon RX 580 Series (RADV POLARIS10) (radv) | uma: 0 | fp16: 0 | warp size: 64',
      'ggml_vulkan: 1 = llvmpipe (LLVM 15.0.7, 256 bits) (llvmpipe) | uma: 0 | fp16: 1 | warp size: 8',
    );
    expect(farm.rigs[0]?.cards).toEqual([
      { cardId: 'rig07/card-0', kind: 'gpu', name: 'AMD Radeon RX 580 Series', vendor: 'amd' },
    ]);
  });

  it('counts a card once that two backends found', () => {
    const { farm } = read(
      '  Device 0: NVIDIA GeForce RTX 3060, compute capability 8.6, VMM: yes',
      'ggml_vulkan: 0 = NVIDIA GeForce RTX 3060 (NVIDIA) | uma: 0 | fp16: 1',
      'ggml_vulkan: 1 = AMD Radeon RX 6600 (RADV NAVI23) (radv) | uma: 0 | fp16: 1',
    );
    expect(farm.rigs[0]?.cards.map(({ name }) => name)).toEqual(['NVIDIA GeForce RTX 3060', 'AMD Radeon RX 6600']);
  });
});
