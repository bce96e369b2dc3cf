/** A software stack that can drive a card; `cpu` drives a rig's own processor. */
export type RouteName = 'cuda-13' | 'cuda-12' | 'rocm' | 'vulkan' | 'cpu';

/** Where a route stands for a card, as of `routesReadOn`. */
export interface Route {
  readonly name: RouteName;
  /** `supported` by its vendor; `unofficial`: known to work, not on the vendor's list; `ended`: its vendor dropped it. */
  readonly status: 'supported' | 'unofficial' | 'ended';
  /** The last year or month of support, `2028` or `2024-06`. Absent: no end is announced. */
  readonly supportedUntil?: string;
  /** The first driver that carries it, as the branch's number. */
  readonly driverMajorMin?: number;
  /** The last driver branch that drives this card. */
  readonly driverMajorMax?: number;
  /** The last driver branch by its own name, `R580`. Absent: drivers go on. */
  readonly driverBranchLast?: string;
  /** The last toolkit that builds for this card, `CUDA 12.9` or `ROCm 4.5`. Absent: toolkits go on. */
  readonly toolkitLast?: string;
  /** The last framework release with kernels for this card, and its wheel: `PyTorch 2.14 (cu126)`. Absent: they go on. */
  readonly frameworkLast?: string;
  readonly note: string;
  readonly source: string;
}
