/**
 * FP16 by the matrix units, dense, in TFLOPS, by the catalogue's row name, where the maker's own figure is not what the
 * chip's ratio gives: tensor cores at another clock than boost, or held to half. NVIDIA's data sheets, half of the
 * figure that they print with sparsity.
 */
export const matrixFp16TflopsByRow: Readonly<Record<string, number>> = {
  'H100 PCIe 80GB': 756,
  'H100 SXM5 80GB': 989.4,
  'H100 NVL 94GB': 835.5,
  'H200 SXM': 989.4,
  'H200 NVL': 835.5,
  A10G: 70,
  L40: 181.05,
  L40S: 362.05,
};
