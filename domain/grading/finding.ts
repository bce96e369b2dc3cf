/** Every code of a finding. */
export type FindingCode =
  | 'cards-contradiction'
  | 'cmp-throttle'
  | 'cpu-few-cores'
  | 'cpu-no-avx'
  | 'cpu-no-avx2'
  | 'cpu-unknown'
  | 'disk-usb'
  | 'driver-dropped'
  | 'driver-old'
  | 'driver-unknown'
  | 'fan-stopped'
  | 'fit-tight'
  | 'link-narrow'
  | 'link-unknown'
  | 'memory-hot'
  | 'model-ambiguous'
  | 'model-unknown'
  | 'no-cards'
  | 'nothing-fits'
  | 'ram-contradiction'
  | 'ram-small'
  | 'ram-typical'
  | 'ram-unknown'
  | 'route-ending'
  | 'virtual-machine'
  | 'vram-larger'
  | 'vram-smaller'
  | 'vram-unlocked';

/**
 * Something wrong or limiting. `info`: worth knowing; `warning`: it costs speed, money or hardware; `blocking`: the
 * card or rig cannot do AI work until it is mended.
 */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'info' | 'warning' | 'blocking';
  readonly what: string;
  readonly why: string;
  readonly mend: string;
}
