/** What is known of a card model beyond its row. */
export interface CardNote {
  /** What a vendor's firmware slows down. A CMP's name says nothing of the card in hand: grade by measurement. */
  readonly throttleNote?: string;
  readonly note?: string;
}

const SHARED_67DF = 'Its PCI id is shared: the revision tells (c7 480, cf 470, e7 580, ef 570, e1 590).';
const FMA_UNKNOWN =
  'CMP firmware slows FP32 FMA and DP4A by 13 to 52 times unless unlocked; not measured for this model.';

/** Notes by the catalogue's row name. Source: gpus.csv and effects.csv e027 to e036, November 2026. */
export const cardNotes: Readonly<Record<string, CardNote>> = {
  'P106-090': { note: 'Its link is PCIe 1.0 x1 by a write-up.' },
  'P106-100': { note: 'PCIe 1.0 x16; measured 3.1 GB/s in an x16 slot and 0.19 GB/s on an x1 riser.' },
  'P104-100': { note: 'Sold as 4 GB; most boards carry 8 GB, which a VBIOS flash enables.' },
  'P102-100': { note: 'Sold as 5 GB; a VBIOS flash enables 10 GB. FMA runs at full speed: it is not throttled.' },
  'CMP 30HX': { throttleNote: FMA_UNKNOWN },
  'CMP 40HX': { throttleNote: 'FP32 and INT8 are throttled unless unlocked.', note: 'BAR1 is 64 MB.' },
  'CMP 50HX': { throttleNote: 'As shipped FMA runs at 0.42 TFLOPS and DP4A at 1.7 TOPS; unlocked at 12.4 and 44.' },
  'CMP 70HX': { throttleNote: FMA_UNKNOWN },
  'CMP 90HX': {
    throttleNote: 'As shipped FP32 is 13 to 15 times slower and DP4A 28.6 times; HFMA2 runs at full speed.',
  },
  'CMP 170HX': {
    throttleNote: 'As shipped FMA is 51.6 times slower (0.39 TFLOPS); separate multiply and add run at 6.3 TFLOPS.',
    note: 'Shipped with 8 GB by nvidia-smi reports (TechPowerUp lists 16); an unlock of 2026 exposes up to 64 GB.',
  },
  'CMP 100-100': { throttleNote: FMA_UNKNOWN, note: 'Only its PCI id is known; no source for its VRAM was found.' },
  'CMP 100-200': { throttleNote: FMA_UNKNOWN, note: 'Only its PCI id is known; no source for its VRAM was found.' },
  'CMP 100-210': {
    throttleNote: 'As shipped its tensor cores and FP64 run at a sixteenth; FP32, INT32 and FP16 run at full rate.',
    note: '68 of GV100’s 84 multiprocessors; a V100 firmware makes it print "Tesla V100-PCIE-12GB" and lifts no throttle.',
  },
  'Tesla K80': { note: 'Two chips on a board, each a card of its own to the driver: figures and power are of one.' },
  'Tesla M10': { note: 'Four chips on a board, each a card of its own to the driver: figures and power are of one.' },
  'Tesla M60': { note: 'Two chips on a board, each a card of its own to the driver: figures and power are of one.' },
  A16: { note: 'Four chips on a board, each a card of its own to the driver: figures and power are of one.' },
  'Instinct MI250': {
    note: 'Two chips on a module, each a card of its own to the driver: figures and power are of one.',
  },
  'Instinct MI250X': {
    note: 'Two chips on a module, each a card of its own to the driver: figures and power are of one.',
  },
  'RTX 4070': { note: 'Boards of late 2024 carry GDDR6 at 480 GB/s under the same name and PCI id.' },
  'Quadro RTX 6000': { note: 'Its PCI id is shared with the Quadro RTX 8000: the name or the VRAM tells.' },
  'Quadro RTX 8000': { note: 'Its PCI id is shared with the Quadro RTX 6000: the name or the VRAM tells.' },
  'GTX 970': { note: 'Sources differ on its bandwidth: 224.4, 224 and 196.3 GB/s.' },
  'Titan V': { note: 'Its board power is from memory, without a source.' },
  'Radeon VII': { note: 'Its board power is from memory, without a source.' },
  'Tesla P40': { note: 'Sources differ on its bandwidth: 345.6 and 694.3 GB/s; the lower is taken.' },
  'Tesla T4': { note: 'Sources differ on its bandwidth: 320 and 300 GB/s.' },
  'A100 PCIe 80GB': { note: 'Sources differ on its bandwidth: 1935 and 2039 GB/s; the lower is taken.' },
  'Instinct MI25': { note: 'Sources differ on its bandwidth: 436.2 and 484 GB/s; the lower is taken.' },
  'RX 470': { note: SHARED_67DF },
  'RX 480': { note: SHARED_67DF },
  'RX 570': { note: SHARED_67DF },
  'RX 580': { note: SHARED_67DF },
  'RX 590': { note: SHARED_67DF },
};
