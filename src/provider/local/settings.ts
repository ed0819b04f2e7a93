// Where the local types work and where they keep their notes. Both are absolute.
export interface LocalSettings {
  /** What a relative path in a template is relative to. */
  readonly baseDirectory: string
  /** Belongs to the types alone: claims, journals, logs. */
  readonly stateDirectory: string
}
