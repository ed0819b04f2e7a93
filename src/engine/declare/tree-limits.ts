// How large a stack may become together with all that is nested in it, and what is said of one that would be larger.

export interface TreeLimits {
  /** Levels of stacks inside the outermost one. */
  readonly nestedDepthMax: number
  /** Resources of all its stacks together; null: any number. */
  readonly resourcesMax: number | null
}

/** As deep as in Heat. */
export const DEFAULT_TREE_LIMITS: TreeLimits = { nestedDepthMax: 5, resourcesMax: null }

export const tooDeep = (nestedDepthMax: number): string =>
  `Recursion depth exceeds ${nestedDepthMax}: stacks are nested deeper than they may be`

export const tooMany = (resources: number, resourcesMax: number): string =>
  `Maximum resources per stack exceeded: there would be ${resources} with all that is nested, and there may be ${resourcesMax}`
