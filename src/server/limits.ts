// How much one client may ask of the server. Each can be set by whoever runs it.

export interface Limits {
  readonly bodyBytesMax: number
  readonly headerBytesMax: number
  readonly headersMax: number
  readonly connectionsMax: number
  /** Connections of one address on which nobody was let in yet. */
  readonly strangersPerAddressMax: number
  /** Watches that one project may have open. */
  readonly streamsPerProjectMax: number
  /** Until the headers, and until the whole request, must have arrived. */
  readonly headersSeconds: number
  readonly requestSeconds: number
  /** A connection may be idle for so long. */
  readonly idleSeconds: number
  /** Levels of maps and lists in a body. */
  readonly bodyDepthMax: number
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytesMax: 4 * 1024 * 1024,
  headerBytesMax: 16 * 1024,
  headersMax: 100,
  connectionsMax: 2_000,
  strangersPerAddressMax: 200,
  streamsPerProjectMax: 1_000,
  headersSeconds: 15,
  requestSeconds: 60,
  idleSeconds: 65,
  bodyDepthMax: 200,
}
