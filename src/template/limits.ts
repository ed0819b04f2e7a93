// How much one template may cost. Each limit is far above what people write and far below what hurts a process.

export interface Limits {
  /** UTF-16 code units of text. */
  readonly textMax: number
  /** Tokens of text that needs the full reader, which takes about 2 µs and 500 bytes for each. */
  readonly tokensMax: number
  /** Levels of maps and lists inside each other. */
  readonly depthMax: number
  /** Values that aliases (or an object used in many places) may stand for. */
  readonly aliasNodesMax: number
  /** Values in a template given as an object. */
  readonly nodesMax: number
  /** Characters that the functions of one template, or of one evaluation, may produce. */
  readonly producedMax: number
  /** Steps that the YAQL expressions of one template, or of one evaluation, may take: 2 million are about a second. */
  readonly stepsMax: number
  /** Items of one collection in a YAQL expression; Heat's `limit_iterators`. */
  readonly yaqlItemsMax: number
  /** Bytes that one value in a YAQL expression may take, counted as Python would; Heat's `memory_quota`. */
  readonly yaqlMemoryMax: number
}

export const DEFAULT_LIMITS: Limits = {
  textMax: 16 * 1024 * 1024,
  tokensMax: 2_000_000,
  depthMax: 100,
  aliasNodesMax: 1_000_000,
  nodesMax: 50_000_000,
  producedMax: 64 * 1024 * 1024,
  stepsMax: 2_000_000,
  yaqlItemsMax: 200,
  yaqlMemoryMax: 10_000,
}
