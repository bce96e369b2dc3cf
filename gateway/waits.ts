/** How long the gateway waits for others, each in ms. */
export interface Waits {
  /** For the first token of a live stream, the replica's queue included. */
  readonly firstTokenMs: number;
  /** For a live whole answer, the replica's queue included. */
  readonly wholeMs: number;
  /** For a replica on trial, which would hold up a live request. */
  readonly probeMs: number;
  /** For some replica that may be asked, from a request's first look. */
  readonly lookingMs: number;
  /** For a client to take anything of its answer, so that a stalled reader costs bounded memory and time. */
  readonly stallMs: number;
  /** Until a stream that waits is begun, and from then between signs that it still waits, before proxies give it up. */
  readonly keepAliveMs: number;
}

/** What the gateway waits unless it is opened with others. */
export const usualWaits: Waits = {
  firstTokenMs: 120_000,
  wholeMs: 600_000,
  probeMs: 20_000,
  lookingMs: 8_000,
  stallMs: 60_000,
  keepAliveMs: 10_000,
};
