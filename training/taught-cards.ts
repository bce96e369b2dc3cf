/**
 * The card models that the shipped model was taught, in the order in which its text was drawn. A card that the
 * catalogue gained since is a card that this model does not know: its text and its tests say so of several.
 */
export const taughtModelIds: readonly string[] = `
  gtx-960-2gb gtx-960-4gb gtx-970 gtx-980 gtx-980-ti gtx-1050-2gb gtx-1050-3gb gtx-1050-ti gtx-1060-3gb
  gtx-1060-6gb gtx-1070 gtx-1070-ti gtx-1080 gtx-1080-ti titan-xp titan-v gtx-1650 gtx-1650-super gtx-1660
  gtx-1660-super gtx-1660-ti rtx-2060 rtx-2060-super rtx-2070 rtx-2070-super rtx-2080 rtx-2080-super rtx-2080-ti
  rtx-2060-12gb rtx-3050-8gb rtx-3050-6gb rtx-3060-12gb rtx-3060-8gb rtx-3060-ti rtx-3070 rtx-3070-ti
  rtx-3080-10gb rtx-3080-12gb rtx-3080-ti rtx-3090 rtx-3090-ti rtx-4060 rtx-4070 rtx-4070-super rtx-4070-ti
  rtx-4070-ti-super rtx-4080 rtx-4080-super rtx-4090 rtx-4060-ti-8gb rtx-4060-ti-16gb p106-090-3gb p106-090-6gb
  p106-100 p104-100-4gb p104-100-8gb p104-101 p102-100-5gb p102-100-10gb cmp-30hx cmp-40hx cmp-50hx cmp-70hx
  cmp-90hx cmp-170hx-8gb cmp-170hx-10gb cmp-170hx-64gb cmp-100-210 tesla-m40-12gb tesla-m40-24gb tesla-p4
  tesla-p40 tesla-p100-pcie-16gb tesla-p100-pcie-12gb tesla-v100-pcie-16gb tesla-v100-pcie-32gb
  tesla-v100-sxm2-32gb tesla-v100-sxm2-16gb tesla-t4 rtx-a2000-6gb rtx-a2000-12gb rtx-a4000 rtx-a5000 rtx-a6000
  quadro-rtx-4000 quadro-rtx-5000 quadro-p2000 quadro-p5000 a100-pcie-80gb a100-pcie-40gb h100-pcie-80gb l4 l40s
  rx-460-2gb rx-460-4gb rx-470-4gb rx-470-8gb rx-480-8gb rx-480-4gb rx-560-4gb rx-560-2gb rx-570-4gb rx-570-8gb
  rx-580-8gb rx-580-4gb rx-590 rx-vega-56 rx-vega-64 radeon-vii rx-5500-xt-4gb rx-5500-xt-8gb rx-5600-xt rx-5700
  rx-5700-xt rx-6400 rx-6500-xt rx-6600 rx-6600-xt rx-6650-xt rx-6700 rx-6700-xt rx-6750-xt rx-6800 rx-6800-xt
  rx-6900-xt rx-6950-xt rx-7600 rx-7600-xt rx-7700-xt rx-7800-xt rx-7900-gre rx-7900-xt rx-7900-xtx pro-w5700
  instinct-mi25 instinct-mi50-16gb instinct-mi50-32gb pro-v620 r9-290x-4gb r9-290x-8gb r9-390 r9-fury
`
  .trim()
  .split(/\s+/);
